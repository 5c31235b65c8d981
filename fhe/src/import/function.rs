//! Functions of one number: what a table computes.

/// A function of one number. Where it is not defined it has the value at the nearest point where it is, or a large one.
#[derive(Debug, Clone, PartialEq)]
pub enum UnaryFunction {
    /// `max(x, 0)`
    Relu,
    /// `x` if positive, else this multiple of `x`.
    LeakyRelu(f32),
    /// `1 / (1 + exp(-x))`
    Sigmoid,
    /// Hyperbolic tangent.
    Tanh,
    /// `clamp(alpha x + beta, 0, 1)`
    HardSigmoid {
        /// Slope.
        alpha: f32,
        /// Value at 0.
        beta: f32,
    },
    /// `clamp(x, low, high)`
    Clip {
        /// Smallest value.
        low: f32,
        /// Largest value.
        high: f32,
    },
    /// `x` if positive, else this multiple of `exp(x) - 1`.
    Elu(f32),
    /// `ln(1 + exp(x))`
    Softplus,
    /// `exp(x)`
    Exp,
    /// Absolute value.
    Abs,
    /// -1, 0 or 1.
    Sign,
    /// Sine, in radians.
    Sin,
    /// Cosine, in radians.
    Cos,
    /// The error function.
    Erf,
    /// Natural logarithm.
    Log,
    /// Square root.
    Sqrt,
    /// This power of `x`.
    Power(f32),
    /// The next integer below.
    Floor,
    /// The next integer above.
    Ceil,
    /// The nearest integer; halves to even.
    Round,
    /// Built from others.
    Composed(Box<Expression>),
}

/// A function of one number, built from others.
#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    /// The number itself.
    Input,
    /// Always this.
    Constant(f64),
    /// A function of another one.
    Apply(UnaryFunction, Box<Self>),
    /// `a + b`
    Sum(Box<[Self; 2]>),
    /// `a b`
    Product(Box<[Self; 2]>),
    /// `a / b`
    Quotient(Box<[Self; 2]>),
    /// 1 if `a > b`, else 0.
    Greater(Box<[Self; 2]>),
}

impl Expression {
    /// The value at `x`.
    pub fn apply(&self, x: f64) -> f64 {
        match self {
            Self::Input => x,
            Self::Constant(value) => *value,
            Self::Apply(function, inner) => function.apply(inner.apply(x)),
            Self::Sum(pair) => pair[0].apply(x) + pair[1].apply(x),
            Self::Product(pair) => match (pair[0].apply(x), pair[1].apply(x)) {
                // What is multiplied by 0 does not matter, even where it is not finite.
                (0.0, _) | (_, 0.0) => 0.0,
                (a, b) => a * b,
            },
            Self::Quotient(pair) => pair[0].apply(x) / pair[1].apply(x),
            Self::Greater(pair) => f64::from(u8::from(pair[0].apply(x) > pair[1].apply(x))),
        }
    }

    /// `function(self)`
    pub(super) fn then(self, function: UnaryFunction) -> Self {
        Self::Apply(function, Box::new(self))
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self::Sum(Box::new([self, other]))
    }

    pub(super) fn times(self, other: Self) -> Self {
        Self::Product(Box::new([self, other]))
    }

    pub(super) fn over(self, other: Self) -> Self {
        Self::Quotient(Box::new([self, other]))
    }

    pub(super) fn greater(self, other: Self) -> Self {
        Self::Greater(Box::new([self, other]))
    }

    /// Whether it is the number itself, or a multiple of it with an offset.
    pub(super) fn is_affine(&self) -> bool {
        match self {
            Self::Input | Self::Constant(_) => true,
            Self::Apply(..) | Self::Quotient(_) | Self::Greater(_) => false,
            Self::Sum(pair) => pair.iter().all(Self::is_affine),
            Self::Product(pair) => match &**pair {
                [Self::Constant(_), other] | [other, Self::Constant(_)] => other.is_affine(),
                _ => false,
            },
        }
    }
}

impl From<Expression> for UnaryFunction {
    fn from(expression: Expression) -> Self {
        Self::Composed(Box::new(expression))
    }
}

impl UnaryFunction {
    /// The value at `x`.
    pub fn apply(&self, x: f64) -> f64 {
        match self {
            Self::Relu => x.max(0.0),
            Self::LeakyRelu(slope) if x < 0.0 => f64::from(*slope) * x,
            Self::Elu(scale) if x < 0.0 => f64::from(*scale) * x.exp_m1(),
            Self::LeakyRelu(_) | Self::Elu(_) => x,
            Self::Sigmoid => 1.0 / (1.0 + (-x).exp()),
            Self::Tanh => x.tanh(),
            Self::HardSigmoid { alpha, beta } => {
                (f64::from(*alpha) * x + f64::from(*beta)).clamp(0.0, 1.0)
            }
            Self::Clip { low, high } => x.max(f64::from(*low)).min(f64::from(*high)),
            Self::Softplus => x.max(0.0) + (-x.abs()).exp().ln_1p(),
            Self::Exp => x.exp(),
            Self::Abs => x.abs(),
            Self::Sign if x == 0.0 => 0.0,
            Self::Sign => x.signum(),
            Self::Sin => x.sin(),
            Self::Cos => x.cos(),
            Self::Erf => erf(x),
            Self::Log => x.max(f64::MIN_POSITIVE).ln(),
            Self::Sqrt => x.max(0.0).sqrt(),
            Self::Power(exponent) => {
                let value = x.powf(f64::from(*exponent));
                if value.is_nan() { 0.0 } else { value }
            }
            Self::Floor => x.floor(),
            Self::Ceil => x.ceil(),
            Self::Round => x.round_ties_even(),
            Self::Composed(expression) => expression.apply(x),
        }
    }

    /// Whether the function is known never to fall.
    pub fn is_increasing(&self) -> bool {
        match self {
            Self::Relu
            | Self::Sigmoid
            | Self::Tanh
            | Self::Clip { .. }
            | Self::Softplus
            | Self::Exp
            | Self::Erf
            | Self::Log
            | Self::Sqrt
            | Self::Floor
            | Self::Ceil
            | Self::Round
            | Self::Sign => true,
            Self::LeakyRelu(slope) => *slope >= 0.0,
            Self::Elu(scale) => *scale >= 0.0,
            Self::HardSigmoid { alpha, .. } => *alpha >= 0.0,
            Self::Abs | Self::Sin | Self::Cos | Self::Power(_) | Self::Composed(_) => false,
        }
    }
}

/// The error function. Near 0 its power series (Abramowitz and Stegun 7.1.5), farther out the continued fraction of its
/// complement (7.1.14).
fn erf(x: f64) -> f64 {
    let size = x.abs();
    if size < 2.5 {
        let (mut term, mut sum) = (x, x);
        for n in 1..60 {
            let n = f64::from(n);
            term *= -x * x / n;
            sum += term / (2.0 * n + 1.0);
        }
        return sum * std::f64::consts::FRAC_2_SQRT_PI;
    }
    let tail = (1..60)
        .rev()
        .fold(size, |rest, k| size + f64::from(k) / 2.0 / rest);
    let complement = (-x * x).exp() / tail * std::f64::consts::FRAC_2_SQRT_PI / 2.0;
    (1.0 - complement).copysign(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_that_never_fall() {
        let functions = [
            UnaryFunction::Relu,
            UnaryFunction::LeakyRelu(0.1),
            UnaryFunction::LeakyRelu(-0.1),
            UnaryFunction::Sigmoid,
            UnaryFunction::Tanh,
            UnaryFunction::HardSigmoid {
                alpha: 0.2,
                beta: 0.5,
            },
            UnaryFunction::Clip {
                low: -1.0,
                high: 1.0,
            },
            UnaryFunction::Elu(1.0),
            UnaryFunction::Softplus,
            UnaryFunction::Exp,
            UnaryFunction::Abs,
            UnaryFunction::Sign,
            UnaryFunction::Sin,
            UnaryFunction::Cos,
            UnaryFunction::Erf,
            UnaryFunction::Log,
            UnaryFunction::Sqrt,
            UnaryFunction::Power(2.0),
            UnaryFunction::Floor,
            UnaryFunction::Ceil,
            UnaryFunction::Round,
        ];
        for function in functions {
            let values: Vec<f64> = (-50..=50)
                .map(|i| function.apply(0.1 * f64::from(i)))
                .collect();
            let rises = values.windows(2).all(|pair| pair[1] >= pair[0]);
            assert_eq!(rises, function.is_increasing(), "{function:?}");
            assert!(values.iter().all(|x| x.is_finite()));
        }
    }

    /// Abramowitz and Stegun, table 7.1.
    #[test]
    fn error_function() {
        for (x, want) in [
            (0.0, 0.0),
            (0.5, 0.520_499_877_8),
            (1.0, 0.842_700_792_9),
            (2.0, 0.995_322_265_0),
            (2.5, 0.999_593_048_0),
            (3.0, 0.999_977_909_5),
        ] {
            assert!((erf(x) - want).abs() < 1e-9, "{x}: {}", erf(x));
            assert!((erf(-x) + want).abs() < 1e-9);
        }
    }

    #[test]
    fn expressions_by_hand() {
        // x sigmoid(x)
        let swish = Expression::Input.times(Expression::Input.then(UnaryFunction::Sigmoid));
        assert!((swish.apply(1.0) - 0.731_058_578_6).abs() < 1e-9);
        assert!(!swish.is_affine());
        let affine = Expression::Constant(2.0)
            .times(Expression::Input)
            .plus(Expression::Constant(1.0));
        assert!(affine.is_affine() && affine.apply(3.0) == 7.0);
        let chosen = Expression::Input.greater(Expression::Constant(0.5));
        assert_eq!([chosen.apply(0.5), chosen.apply(0.6)], [0.0, 1.0]);
        // 0 times something that is not finite.
        let zero = Expression::Constant(0.0).times(Expression::Input.then(UnaryFunction::Exp));
        assert_eq!(zero.apply(1e9), 0.0);
    }
}
