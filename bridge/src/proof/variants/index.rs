//! [`IndexError`].

use blindproof_zk::argument;

use super::assert_table;
use crate::index::IndexError;

fn name(error: &IndexError) -> &'static str {
    match error {
        IndexError::Commit(_) => "Commit",
    }
}

#[test]
fn every_variant_is_produced() {
    // The keys of every parameter set can be committed to, so this one only passes on what the argument may say.
    let error = IndexError::from(argument::ProveError::Layout);
    assert_table(name, &["Commit"], vec![("Commit", error)]);
}
