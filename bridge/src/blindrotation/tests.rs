//! Forgeries of a blind rotation.

use blindproof_fhe::program::OperationKind;

use crate::testkit::assert_every_small_set_is_proven;

#[test]
fn accepts_honest_blind_rotations_of_every_small_set() {
    assert_every_small_set_is_proven("blindrotation", OperationKind::BlindRotation);
}
