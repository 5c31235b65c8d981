//! The shipped parameter sets.
//!
//! Noise of the real sets lies on tfhe's published 132-bit line
//! (`core_crypto::commons::noise_formulas::secure_noise`), rounded up to three decimals; the dimensions
//! minimise the cost of a proof, `(n/g) (k+1) N (l+1)`, among sets with `log2 p_fail <= -128` for a
//! linear layer of norm 8 and a centred modulus switch.

use super::{
    Gadget, GlweDimension, GroupingFactor, LweDimension, MessageBits, ParameterSet, PolynomialSize,
    StdDevLog2,
};

/// Noise of the test sets: so small that only rounding matters.
const TEST_NOISE: StdDevLog2 = StdDevLog2(-56.0);

const fn test_set(
    name: &'static str,
    message_bits: u32,
    [n, k, size, grouping]: [usize; 4],
    pbs_gadget: Gadget,
    ks_gadget: Gadget,
) -> ParameterSet {
    ParameterSet {
        name,
        message_bits: MessageBits(message_bits),
        lwe_dimension: LweDimension(n),
        glwe_dimension: GlweDimension(k),
        polynomial_size: PolynomialSize(size),
        pbs_gadget,
        ks_gadget,
        grouping_factor: GroupingFactor(grouping),
        lwe_noise: TEST_NOISE,
        glwe_noise: TEST_NOISE,
    }
}

/// The default set.
const MESSAGE_4: ParameterSet = ParameterSet {
    name: "message_4",
    message_bits: MessageBits(4),
    lwe_dimension: LweDimension(840),
    glwe_dimension: GlweDimension(1),
    polynomial_size: PolynomialSize(2048),
    pbs_gadget: Gadget::new(23, 1),
    ks_gadget: Gadget::new(2, 8),
    grouping_factor: GroupingFactor(3),
    lwe_noise: StdDevLog2(-18.251),
    glwe_noise: StdDevLog2(-48.320),
};

/// The default set with another grouping factor, to show what that is worth; models are not made for it.
const fn with_grouping(name: &'static str, grouping: usize) -> ParameterSet {
    ParameterSet {
        name,
        grouping_factor: GroupingFactor(grouping),
        ..MESSAGE_4
    }
}

/// All sets; the default comes first.
pub(super) const SETS: &[ParameterSet] = &[
    MESSAGE_4,
    ParameterSet {
        name: "message_2",
        message_bits: MessageBits(2),
        lwe_dimension: LweDimension(738),
        glwe_dimension: GlweDimension(4),
        polynomial_size: PolynomialSize(512),
        pbs_gadget: Gadget::new(23, 1),
        ks_gadget: Gadget::new(2, 7),
        grouping_factor: GroupingFactor(3),
        lwe_noise: StdDevLog2(-15.712),
        glwe_noise: StdDevLog2(-48.320),
    },
    ParameterSet {
        name: "message_3",
        message_bits: MessageBits(3),
        lwe_dimension: LweDimension(786),
        glwe_dimension: GlweDimension(2),
        polynomial_size: PolynomialSize(1024),
        pbs_gadget: Gadget::new(23, 1),
        ks_gadget: Gadget::new(2, 8),
        grouping_factor: GroupingFactor(3),
        lwe_noise: StdDevLog2(-16.907),
        glwe_noise: StdDevLog2(-48.320),
    },
    ParameterSet {
        name: "message_5",
        message_bits: MessageBits(5),
        lwe_dimension: LweDimension(900),
        glwe_dimension: GlweDimension(1),
        polynomial_size: PolynomialSize(4096),
        pbs_gadget: Gadget::new(32, 1),
        ks_gadget: Gadget::new(2, 9),
        grouping_factor: GroupingFactor(3),
        lwe_noise: StdDevLog2(-19.744),
        glwe_noise: StdDevLog2(-61.999),
    },
    with_grouping("message_4_g1", 1),
    with_grouping("message_4_g2", 2),
    ParameterSet {
        lwe_dimension: LweDimension(848),
        lwe_noise: StdDevLog2(-18.450),
        ..with_grouping("message_4_g4", 4)
    },
    test_set(
        "insecure_tiny",
        2,
        [6, 1, 64, 3],
        Gadget::new(23, 1),
        Gadget::new(2, 8),
    ),
    test_set(
        "insecure_message_4",
        4,
        [30, 1, 256, 3],
        Gadget::new(23, 1),
        Gadget::new(2, 8),
    ),
    test_set(
        "insecure_k2_l3_g2",
        2,
        [8, 2, 64, 2],
        Gadget::new(8, 3),
        Gadget::new(4, 4),
    ),
    test_set(
        "insecure_k1_l2_g4",
        3,
        [12, 1, 128, 4],
        Gadget::new(10, 2),
        Gadget::new(8, 2),
    ),
    test_set(
        "insecure_k3_l2_g1",
        1,
        [5, 3, 32, 1],
        Gadget::new(16, 2),
        Gadget::new(16, 2),
    ),
    test_set(
        "insecure_k1_b32_g2",
        5,
        [16, 1, 512, 2],
        Gadget::new(32, 1),
        Gadget::new(3, 7),
    ),
];
