//! The estimates against the parameter sets that tfhe 1.8.2 ships.
//!
//! Values are copied from `src/shortint/parameters/v1_4/classic/gaussian/p_fail_2_minus_128/ks_pbs.rs` of that
//! crate (the sets that version 1.8 re-exports as its own), constants `V1_4_PARAM_MESSAGE_{name}_KS_PBS_GAUSSIAN_2M128`; they
//! are behind a feature that we do not enable. All use a centred modulus switch.

use super::*;
use crate::params::{GlweDimension, GroupingFactor, LweDimension, PolynomialSize};

struct Published {
    /// Message and carry bits, as in the constant's name.
    name: &'static str,
    /// Bits of message and carry together.
    message_bits: u32,
    /// n, k, N.
    dimensions: [usize; 3],
    /// Base log and levels of the bootstrap.
    pbs: [u32; 2],
    /// Base log and levels of the key switch.
    ks: [u32; 2],
    /// Standard deviations of the small and the big key's noise.
    std_dev: [f64; 2],
    /// Norm of the linear combination before a key switch.
    norm2: f64,
    log2_p_fail: f64,
}

impl Published {
    fn set(&self) -> ParameterSet {
        let [n, k, size] = self.dimensions;
        ParameterSet {
            name: self.name,
            message_bits: MessageBits(self.message_bits),
            lwe_dimension: LweDimension(n),
            glwe_dimension: GlweDimension(k),
            polynomial_size: PolynomialSize(size),
            pbs_gadget: Gadget::new(self.pbs[0], self.pbs[1] as usize),
            ks_gadget: Gadget::new(self.ks[0], self.ks[1] as usize),
            grouping_factor: GroupingFactor(1),
            lwe_noise: StdDevLog2(self.std_dev[0].log2()),
            glwe_noise: StdDevLog2(self.std_dev[1].log2()),
        }
    }
}

#[test]
fn security_line_gives_the_published_noise() {
    for published in PUBLISHED {
        let set = published.set();
        let [n, big] = [set.lwe_dimension.0, set.big_lwe_dimension()];
        for (dimension, std_dev) in [(n, published.std_dev[0]), (big, published.std_dev[1])] {
            let error = 0.5 * minimal_variance(dimension).log2() - std_dev.log2();
            assert!(
                error.abs() < 0.001,
                "{}: dimension {dimension}: {error}",
                published.name
            );
        }
        let bits = set.security_bits();
        assert!((bits - 132.0).abs() < 0.1, "{}: {bits}", published.name);
    }
}

#[test]
fn failure_formula_gives_the_published_probabilities() {
    for published in PUBLISHED {
        let set = published.set();
        let variance = published.norm2.powi(2) * fft_bootstrap_variance(&set)
            + key_switch_variance(&set)
            + modulus_switch_variance(&set);
        let estimate = log2_p_fail(variance, set.message_bits);
        let error = estimate - published.log2_p_fail;
        assert!(
            error.abs() < 0.5,
            "{}: {estimate} instead of {}",
            published.name,
            published.log2_p_fail
        );
    }
}

const PUBLISHED: &[Published] = &[
    Published {
        name: "1_CARRY_0",
        message_bits: 1,
        dimensions: [747, 6, 256],
        pbs: [17, 1],
        ks: [4, 3],
        std_dev: [1.5944604865450687e-05, 1.9524392655548086e-11],
        norm2: 1.0,
        log2_p_fail: -128.603,
    },
    Published {
        name: "1_CARRY_1",
        message_bits: 2,
        dimensions: [837, 4, 512],
        pbs: [23, 1],
        ks: [5, 3],
        std_dev: [3.3747142481837397e-06, 2.845267479601915e-15],
        norm2: 3.0,
        log2_p_fail: -128.186,
    },
    Published {
        name: "1_CARRY_2",
        message_bits: 3,
        dimensions: [885, 2, 1024],
        pbs: [23, 1],
        ks: [5, 3],
        std_dev: [1.4742441118914234e-06, 2.845267479601915e-15],
        norm2: 7.0,
        log2_p_fail: -128.536,
    },
    Published {
        name: "1_CARRY_3",
        message_bits: 4,
        dimensions: [904, 1, 2048],
        pbs: [23, 1],
        ks: [3, 6],
        std_dev: [1.0621869847945622e-06, 2.845267479601915e-15],
        norm2: 15.0,
        log2_p_fail: -128.103,
    },
    Published {
        name: "2_CARRY_0",
        message_bits: 2,
        dimensions: [846, 3, 512],
        pbs: [17, 1],
        ks: [5, 3],
        std_dev: [2.889344520786227e-06, 1.9524392655548086e-11],
        norm2: 1.0,
        log2_p_fail: -128.285,
    },
    Published {
        name: "2_CARRY_2",
        message_bits: 4,
        dimensions: [866, 1, 2048],
        pbs: [23, 1],
        ks: [3, 5],
        std_dev: [2.046151696979124e-06, 2.845267479601915e-15],
        norm2: 5.0,
        log2_p_fail: -128.597,
    },
    Published {
        name: "2_CARRY_3",
        message_bits: 5,
        dimensions: [930, 1, 4096],
        pbs: [15, 2],
        ks: [3, 6],
        std_dev: [6.782362904013915e-07, 2.168404344971009e-19],
        norm2: 10.0,
        log2_p_fail: -128.639,
    },
    Published {
        name: "3_CARRY_3",
        message_bits: 6,
        dimensions: [1006, 1, 8192],
        pbs: [15, 2],
        ks: [3, 7],
        std_dev: [1.8277101294215978e-07, 2.168404344971009e-19],
        norm2: 9.0,
        log2_p_fail: -128.115,
    },
    Published {
        name: "4_CARRY_0",
        message_bits: 4,
        dimensions: [863, 1, 2048],
        pbs: [23, 1],
        ks: [3, 5],
        std_dev: [2.154850045818961e-06, 2.845267479601915e-15],
        norm2: 1.0,
        log2_p_fail: -128.636,
    },
    Published {
        name: "4_CARRY_1",
        message_bits: 5,
        dimensions: [935, 1, 4096],
        pbs: [23, 1],
        ks: [3, 6],
        std_dev: [6.221794297398788e-07, 2.168404344971009e-19],
        norm2: 2.0,
        log2_p_fail: -128.261,
    },
    Published {
        name: "4_CARRY_4",
        message_bits: 8,
        dimensions: [1098, 1, 65536],
        pbs: [11, 3],
        ks: [3, 7],
        std_dev: [3.73718341270979e-08, 2.168404344971009e-19],
        norm2: 17.0,
        log2_p_fail: -128.731,
    },
    Published {
        name: "8_CARRY_0",
        message_bits: 8,
        dimensions: [1098, 1, 65536],
        pbs: [15, 2],
        ks: [3, 7],
        std_dev: [3.73718341270979e-08, 2.168404344971009e-19],
        norm2: 1.0,
        log2_p_fail: -129.169,
    },
];
