//! The checks of verifiers and the terms of constraints, each with a name, so that mutation testing can delete them one by
//! one. `.ci/mutations` runs the tests of a crate once for each name, with the name in the environment variable
//! `BLINDPROOF_DELETE`; at least one test must fail. Outside a crate's own unit tests nothing can be deleted: the
//! macros ask `cfg!(test)` first, which is a constant.

use std::sync::LazyLock;

/// Whether this check or term is the one that mutation testing deletes.
#[doc(hidden)]
#[must_use]
pub fn deleted(name: &str) -> bool {
    static DELETED: LazyLock<Option<String>> =
        LazyLock::new(|| std::env::var("BLINDPROOF_DELETE").ok());
    DELETED.as_deref() == Some(name)
}

/// A check of a verifier: returns the error from the enclosing function unless the condition holds.
#[macro_export]
macro_rules! ensure {
    ($name:literal, $holds:expr, $error:expr $(,)?) => {
        if !$holds && !(cfg!(test) && $crate::checks::deleted($name)) {
            return Err($error.into());
        }
    };
}

/// A term of a constraint.
#[macro_export]
macro_rules! term {
    ($name:literal, $value:expr $(,)?) => {
        if cfg!(test) && $crate::checks::deleted($name) {
            Default::default()
        } else {
            $value
        }
    };
}
