//! The three roles, as functions from files to files.
//!
//! | role | reads | writes |
//! |---|---|---|
//! | [`client`] | model, images, its own key | `client.key`, public keys, `input.ct`; then the predictions |
//! | [`server`] | model, public keys, `input.ct` | `output.ct`, `trace`; then `statement`, `proof` |
//! | [`verifier`] | model, public keys, `input.ct`, `output.ct`, `statement`, `proof` | nothing |
//!
//! Only the client ever reads the secret key. `blindproof run` calls the same functions as the subcommands, so that a
//! role never sees anything that is not in one of its files.

pub mod client;
pub mod cost;
mod error;
pub mod images;
pub mod model;
pub mod server;
pub mod session;
pub mod verifier;

pub use error::RoleError;
