//! Exact TFHE over `p = 2^64 - 2^32 + 1`.

#![warn(missing_docs)]

pub mod evaluate;
pub mod fast;
pub mod keys;
pub mod lut;
pub mod lwe;
pub mod model;
pub mod modulus;
pub mod noise;
mod ntt;
pub mod params;
pub mod program;
