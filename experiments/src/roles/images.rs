//! Which images: a built-in data set or a file of samples, or a range of either.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use super::RoleError;
use crate::data::samples::{LabelColumn, SampleFile, Samples, split_range};
use crate::data::{Dataset, Split};

/// Images, as named on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageSource {
    /// `digits:held-out`, `mnist:held-out` and so on, or a part such as `digits:train:0..3`.
    Shipped {
        /// Which data set.
        dataset: Dataset,
        /// Which part.
        split: Split,
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
        let named = |dataset: &Dataset| {
            text.split_once(':')
                .is_some_and(|(name, _)| name == dataset.name())
        };
        let Some(&dataset) = Dataset::ALL.iter().find(|dataset| named(dataset)) else {
            return Ok(Self::File(SampleFile::parse(text)));
        };
        let rest = text.split_once(':').map_or("", |(_, rest)| rest);
        let (split, range) = match split_range(rest) {
            Some((split, range)) => (split, Some(range)),
            None => (rest, None),
        };
        match Split::ALL.iter().find(|known| known.name() == split) {
            Some(&split) => Ok(Self::Shipped {
                dataset,
                split,
                range,
            }),
            None => Err(format!(
                "'{text}' is not understood; write {dataset}:held-out, {dataset}:train, {dataset}:held-out:0..3 or a file"
            )),
        }
    }
}

impl fmt::Display for ImageSource {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shipped {
                dataset,
                split,
                range,
            } => {
                write!(out, "{dataset}:{}", split.name())?;
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
            Self::Shipped {
                dataset,
                split,
                range,
            } => self.shipped(dataset.samples(*split), range.clone()),
            Self::File(file) => Ok(file.load(column)?),
        }
    }

    fn shipped(
        &self,
        all: Option<&Samples>,
        range: Option<Range<usize>>,
    ) -> Result<Samples, RoleError> {
        let problem = |problem: String| RoleError::Images {
            given: self.to_string(),
            problem,
        };
        let all = all.ok_or_else(|| {
            problem("this part is not shipped; use held-out, or a file".to_owned())
        })?;
        let rows = all.rows.len();
        let range = range.unwrap_or(0..rows);
        if range.is_empty() {
            return Err(problem("no input is chosen; give at least one".to_owned()));
        }
        if range.end > rows {
            return Err(problem(format!(
                "this part of the data set has {rows} inputs"
            )));
        }
        Ok(Samples {
            rows: all.rows[range.clone()].to_vec(),
            shape: all.shape.clone(),
            labels: all.labels.as_ref().map(|labels| labels[range].to_vec()),
        })
    }

    /// The held-out part of a shipped data set.
    pub fn held_out(dataset: Dataset) -> Self {
        Self::Shipped {
            dataset,
            split: Split::HeldOut,
            range: None,
        }
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
            "mnist:held-out:2..5",
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
