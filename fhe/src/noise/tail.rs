//! The Gaussian tail far beyond the range of `f64`.

/// `log2 erfc(x)`, accurate to about `1e-9` relative, also where `erfc(x)` is below the smallest `f64`.
pub fn log2_erfc(x: f64) -> f64 {
    let log2_e = std::f64::consts::LOG2_E;
    if x.is_nan() {
        f64::NAN
    } else if x < 2.0 {
        (1.0 - erf_series(x)).log2()
    } else {
        // Continued fraction: erfc(x) = exp(-x^2)/sqrt(pi) / (x + (1/2)/(x + (2/2)/(x + (3/2)/(x + ...)))).
        let mut tail = x;
        for k in (1..=200).rev() {
            tail = x + 0.5 * f64::from(k) / tail;
        }
        -x * x * log2_e - 0.5 * std::f64::consts::PI.log2() - tail.log2()
    }
}

/// `erf(x) = 2/sqrt(pi) sum_k (-1)^k x^(2k+1) / (k! (2k+1))`, for small `x`.
fn erf_series(x: f64) -> f64 {
    let mut power = x;
    let mut sum = x;
    for k in 1..100 {
        let k = f64::from(k);
        power *= -x * x / k;
        sum += power / (2.0 * k + 1.0);
    }
    sum * std::f64::consts::FRAC_2_SQRT_PI
}

#[cfg(test)]
mod tests {
    use super::log2_erfc;

    /// Values of `log2(erfc(x))` computed with 50 digits (mpmath).
    #[test]
    fn matches_known_values() {
        for (x, expected) in KNOWN {
            let got = log2_erfc(x);
            assert!(
                (got - expected).abs() < 1e-8 * expected.abs().max(1.0),
                "{x}: {got} {expected}"
            );
        }
    }

    const KNOWN: [(f64, f64); 6] = [
        (-1.0, 0.881_821_833_545_219_8),
        (0.0, 0.0),
        (0.5, -1.060_396_912_014_155_6),
        (1.9, -7.115_870_916_182_289),
        (2.1, -8.390_730_182_541_036),
        (9.3, -128.829_895_874_299_98),
    ];
}
