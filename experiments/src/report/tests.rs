//! The page of a made-up run.
