//! Which images: a built-in data set or a file of samples, or a range of either.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use super::RoleError;
use crate::data;
use crate::data::samples::{LabelColumn, SampleFile, Samples, split_range};

/// Images, as named on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageSource {
    /// `digits:held-out`, `digits:train`, or a part such as `digits:train:0..3`: the handwritten digits of scikit-learn.
    Digits {
        /// Which part.
        split: data::Split,
        /// Positions in that part; by default all.
        range: Option<Range<usize>>,
    },
    /// A file, or a part such as `FILE:0..3`; see [`crate::data::samples`].
    File(SampleFile),
}

/// An image before quantisation.
#[derive(Debug, Clone, PartialEq)]
pub struct RawImage {
    /// Raw pixels, row by row.
    pub pixels: Vec<f64>,
    /// The class it belongs to, where known.
    pub label: Option<usize>,
}

impl FromStr for ImageSource {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some(rest) = text.strip_prefix("digits:") else {
            return Ok(Self::File(SampleFile::parse(text)));
        };
        let (split, range) = match split_range(rest) {
            Some((split, range)) => (split, Some(range)),
            None => (rest, None),
        };
        let split = match split {
            "held-out" => data::Split::HeldOut,
            "train" => data::Split::Train,
            _ => {
                return Err(format!(
                    "'{text}' is not understood; write digits:held-out, digits:train, digits:train:0..3 or a file"
                ));
            }
        };
        Ok(Self::Digits { split, range })
    }
}

impl fmt::Display for ImageSource {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Digits { split, range } => {
                let split = match split {
                    data::Split::HeldOut => "held-out",
                    data::Split::Train => "train",
                };
                write!(out, "digits:{split}")?;
                match range {
                    Some(range) => write!(out, ":{}..{}", range.start, range.end),
                    None => Ok(()),
                }
            }
            Self::File(file) => write!(out, "{file}"),
        }
    }
}

impl ImageSource {
    /// Reads the images; there is at least one. `column`: where a CSV file has its labels.
    ///
    /// # Errors
    /// As [`ImageSource::samples`].
    pub fn load(&self, column: &LabelColumn) -> Result<Vec<RawImage>, RoleError> {
        let samples = self.samples(column)?;
        // Labels that are no classes are not for images.
        let classes = samples.classes().and_then(Result::ok);
        let image = |(index, pixels)| RawImage {
            pixels,
            label: classes.as_ref().map(|classes| classes[index]),
        };
        Ok(samples.rows.into_iter().enumerate().map(image).collect())
    }

    /// Reads the samples; there is at least one. `column`: where a CSV file has its labels.
    ///
    /// # Errors
    /// [`RoleError::Images`] for a range outside the data set, or an empty one; [`RoleError::Samples`] for a file that
    /// cannot be used.
    pub fn samples(&self, column: &LabelColumn) -> Result<Samples, RoleError> {
        match self {
            Self::Digits { split, range } => self.digits(*split, range.as_ref()),
            Self::File(file) => Ok(file.load(column)?),
        }
    }

    fn digits(
        &self,
        split: data::Split,
        range: Option<&Range<usize>>,
    ) -> Result<Samples, RoleError> {
        let problem = |problem: String| RoleError::Images {
            given: self.to_string(),
            problem,
        };
        let all = data::digits(split);
        let range = range.cloned().unwrap_or(0..all.len());
        if range.is_empty() {
            return Err(problem("no image is chosen; give at least one".to_owned()));
        }
        let chosen = all.get(range).ok_or_else(|| {
            problem(format!(
                "this part of the data set has {} images",
                all.len()
            ))
        })?;
        Ok(Samples {
            rows: chosen
                .iter()
                .map(|digit| digit.pixels.map(f64::from).to_vec())
                .collect(),
            shape: vec![1, 8, 8],
            labels: Some(chosen.iter().map(|digit| f64::from(digit.label)).collect()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> ImageSource {
        text.parse().expect("understood")
    }

    #[test]
    fn reads_the_names_it_writes() {
        for text in [
            "digits:held-out:0..3",
            "digits:train",
            "pixels.csv",
            "images,labels:0..7",
        ] {
            assert_eq!(source(text).to_string(), text);
        }
    }

    #[test]
    fn refuses_unclear_names() {
        for text in [
            "digits:",
            "digits:test:0..3",
            "digits:held-out:3",
            "digits:held-out:-1..3",
            "digits:held-out:0..x",
        ] {
            let error = text.parse::<ImageSource>().unwrap_err();
            assert!(error.contains(text), "{error}");
        }
    }

    #[test]
    fn refuses_ranges_outside_the_data() {
        for range in ["0..0", "5..2", "0..1000000", "1000000..1000001"] {
            let text = format!("digits:held-out:{range}");
            let error = source(&text).load(&LabelColumn::None).unwrap_err();
            assert!(matches!(error, RoleError::Images { .. }), "{error}");
        }
        let images = source("digits:held-out:1..3")
            .load(&LabelColumn::None)
            .unwrap();
        assert_eq!(images.len(), 2);
        assert!(images.iter().all(|image| image.pixels.len() == 64));
    }
}
