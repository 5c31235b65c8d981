//! Confidence in counted frequencies.

/// `count` of `total` independent trials had some property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proportion {
    /// Trials with the property.
    pub count: u64,
    /// All trials.
    pub total: u64,
}

impl Proportion {
    /// Exact (Clopper-Pearson) two-sided bounds on the probability of the property, for independent trials:
    /// `(lower, upper)` enclose it with at least this confidence, such as 0.99. `(0, 1)` without trials.
    ///
    /// Evaluations of one run share a key, whose influence on them is small; bounds over them take them as independent.
    pub fn bounds(&self, confidence: f64) -> (f64, f64) {
        let (count, total) = (self.count as f64, self.total as f64);
        let tail = (1.0 - confidence) / 2.0;
        let lower = match self.count {
            0 => 0.0,
            _ => quantile(count, total - count + 1.0, tail),
        };
        let upper = if self.count >= self.total {
            1.0
        } else {
            quantile(count + 1.0, total - count, 1.0 - tail)
        };
        (lower, upper)
    }
}

/// `x` with `I_x(a, b) = probability`, by bisection.
fn quantile(a: f64, b: f64, probability: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if incomplete_beta(a, b, middle) < probability {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// The regularised incomplete beta function `I_x(a, b)`.
pub(super) fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let log_front = ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (-x).ln_1p();
    if x < (a + 1.0) / (a + b + 2.0) {
        log_front.exp() * beta_fraction(a, b, x) / a
    } else {
        1.0 - log_front.exp() * beta_fraction(b, a, 1.0 - x) / b
    }
}

/// The continued fraction of the incomplete beta function, by the method of Lentz.
fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    let guard = |v: f64| if v.abs() < 1e-300 { 1e-300 } else { v };
    let mut c = 1.0;
    let mut d = 1.0 / guard(1.0 - (a + b) * x / (a + 1.0));
    let mut product = d;
    for m in 1..100_000 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut change = 1.0;
        for term in [even, odd] {
            d = 1.0 / guard(1.0 + term * d);
            c = guard(1.0 + term / c);
            change = c * d;
            product *= change;
        }
        if (change - 1.0).abs() < 1e-15 {
            break;
        }
    }
    product
}

/// `ln Gamma(x)` for `x > 0`, by Stirling's series after a shift beyond 15.
fn ln_gamma(x: f64) -> f64 {
    let mut shift = 0.0;
    let mut x = x;
    while x < 15.0 {
        shift += x.ln();
        x += 1.0;
    }
    let inverse = 1.0 / (x * x);
    let series =
        (1.0 / 12.0 - inverse * (1.0 / 360.0 - inverse * (1.0 / 1260.0 - inverse / 1680.0))) / x;
    (x - 0.5) * x.ln() - x + 0.5 * std::f64::consts::TAU.ln() + series - shift
}

#[cfg(test)]
mod tests {
    use super::Proportion;

    /// 0 of n has the closed form `1 - (tail)^(1/n)`.
    #[test]
    fn bounds_are_those_of_the_closed_forms_and_of_binomial_sums() {
        let (lower, upper) = Proportion {
            count: 0,
            total: 100,
        }
        .bounds(0.95);
        assert_eq!(lower, 0.0);
        assert!((upper - (1.0 - 0.025f64.powf(0.01))).abs() < 1e-12);
        for (count, total) in [(1u64, 20u64), (7, 20), (19, 20)] {
            let (lower, upper) = Proportion { count, total }.bounds(0.99);
            let at_most = |k: u64, p: f64| {
                let mut term = (1.0 - p).powi(total as i32);
                let mut sum = term;
                for i in 0..k {
                    term *= (total - i) as f64 / (i + 1) as f64 * p / (1.0 - p);
                    sum += term;
                }
                sum
            };
            assert!((at_most(count, upper) - 0.005).abs() < 1e-10);
            assert!((1.0 - at_most(count - 1, lower) - 0.005).abs() < 1e-10);
        }
        let none = Proportion { count: 0, total: 0 };
        assert_eq!(none.bounds(0.9), (0.0, 1.0));
    }
}
