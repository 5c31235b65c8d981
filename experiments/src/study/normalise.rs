//! Raw values and the values that a network was trained on.

use std::fmt;
use std::str::FromStr;

use blindproof_fhe::model::Quantise;

/// A network takes `(raw - mean) / deviation`; by default the raw values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Normalisation {
    /// Subtracted.
    pub mean: f64,
    /// Divided by; positive.
    pub deviation: f64,
}

impl Default for Normalisation {
    fn default() -> Self {
        Self {
            mean: 0.0,
            deviation: 1.0,
        }
    }
}

impl FromStr for Normalisation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| text.trim().parse().ok().filter(|x: &f64| x.is_finite());
        let parse = || {
            let (mean, deviation) = text.split_once(',')?;
            let (mean, deviation) = (number(mean)?, number(deviation)?);
            (deviation > 0.0).then_some(Self { mean, deviation })
        };
        parse().ok_or_else(|| {
            format!("'{text}' is not understood; write MEAN,DEVIATION, such as 0,255 for pixels that were divided by 255")
        })
    }
}

impl fmt::Display for Normalisation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{},{}", self.mean, self.deviation)
    }
}

impl Normalisation {
    /// A sample as the network takes it.
    pub fn apply(&self, raw: &[f64]) -> Vec<f32> {
        let normalised = raw.iter().map(|x| (x - self.mean) / self.deviation);
        normalised.map(|x| x as f32).collect()
    }

    /// The quantisation of raw values that is `quantise` of normalised ones.
    #[must_use]
    pub fn of_raw(&self, quantise: &Quantise) -> Quantise {
        let raw = |offset: &f64| offset * self.deviation + self.mean;
        Quantise {
            scale: quantise.scale.iter().map(|s| s * self.deviation).collect(),
            offset: quantise.offset.iter().map(raw).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes_and_nothing_else() {
        for text in ["0,255", "33.5,78.25", "-1,0.5"] {
            assert_eq!(text.parse::<Normalisation>().unwrap().to_string(), text);
        }
        for text in ["", "255", "0,0", "0,-1", "a,1", "0,inf", "nan,1", "0,1,2"] {
            assert!(text.parse::<Normalisation>().is_err(), "{text}");
        }
    }

    #[test]
    fn raw_values_give_the_integers_of_normalised_ones() {
        let normalisation: Normalisation = "33.5,78.25".parse().unwrap();
        let quantise = Quantise {
            scale: vec![0.25, 0.5],
            offset: vec![-1.0, 0.125],
        };
        let of_raw = normalisation.of_raw(&quantise);
        for raw in [[0.0, 10.0], [255.0, 100.0]] {
            let normalised = normalisation.apply(&raw);
            for feature in 0..2 {
                let x = f64::from(normalised[feature]);
                let want = (x - quantise.offset[feature]) / quantise.scale[feature];
                let got = (raw[feature] - of_raw.offset[feature]) / of_raw.scale[feature];
                assert!((want - got).abs() < 1e-5);
            }
        }
    }
}
