//! Which images: a range of a built-in data set, or a file of raw pixels.

use std::fmt;
use std::io::Read;
use std::ops::Range;
use std::path::PathBuf;
use std::str::FromStr;

use super::RoleError;
use crate::data;

/// Largest file of raw pixels that is read, in bytes.
const MAX_FILE: u64 = 16 << 20;

/// Images, as named on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageSource {
    /// `digits:held-out:0..3` or `digits:train:0..3`: the handwritten digits of scikit-learn.
    Digits {
        /// Which part.
        split: data::Split,
        /// Positions in that part.
        range: Range<usize>,
    },
    /// A text file: one image a line, its raw pixels separated by commas.
    File(PathBuf),
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
            return Ok(Self::File(PathBuf::from(text)));
        };
        let usage = || {
            format!(
                "'{text}' is not understood; write digits:held-out:0..3, digits:train:0..3, or the path of a CSV file of raw pixels"
            )
        };
        let (split, range) = rest.split_once(':').ok_or_else(usage)?;
        let split = match split {
            "held-out" => data::Split::HeldOut,
            "train" => data::Split::Train,
            _ => return Err(usage()),
        };
        let (start, end) = range.split_once("..").ok_or_else(usage)?;
        let start = start.parse().map_err(|_| usage())?;
        let end = end.parse().map_err(|_| usage())?;
        Ok(Self::Digits {
            split,
            range: start..end,
        })
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
                write!(out, "digits:{split}:{}..{}", range.start, range.end)
            }
            Self::File(path) => write!(out, "{}", path.display()),
        }
    }
}

impl ImageSource {
    /// Reads the images; there is at least one.
    ///
    /// # Errors
    /// [`RoleError::Images`] for a range outside the data set, an empty range, and a file that cannot be read as rows
    /// of integers.
    pub fn load(&self) -> Result<Vec<RawImage>, RoleError> {
        match self {
            Self::Digits { split, range } => self.digits(*split, range),
            Self::File(path) => {
                let mut text = String::new();
                std::fs::File::open(path)
                    .and_then(|file| file.take(MAX_FILE + 1).read_to_string(&mut text))
                    .map_err(|error| self.problem(format!("cannot read the file: {error}")))?;
                if text.len() as u64 > MAX_FILE {
                    return Err(self.problem(format!("the file is over {MAX_FILE} bytes")));
                }
                self.parse_rows(&text)
            }
        }
    }

    fn digits(&self, split: data::Split, range: &Range<usize>) -> Result<Vec<RawImage>, RoleError> {
        let all = data::digits(split);
        if range.is_empty() {
            return Err(self.problem("no image is chosen; give at least one".to_owned()));
        }
        let chosen = all.get(range.clone()).ok_or_else(|| {
            self.problem(format!(
                "this part of the data set has {} images",
                all.len()
            ))
        })?;
        Ok(chosen
            .iter()
            .map(|digit| RawImage {
                pixels: digit.pixels.iter().map(|pixel| f64::from(*pixel)).collect(),
                label: Some(usize::from(digit.label)),
            })
            .collect())
    }

    fn parse_rows(&self, text: &str) -> Result<Vec<RawImage>, RoleError> {
        let images = text
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty())
            .map(|(number, line)| {
                let number_of = |pixel: &str| {
                    let value = pixel.trim().parse().ok();
                    value.filter(|value: &f64| value.is_finite())
                };
                let pixels = line.split(',').map(number_of).collect::<Option<_>>();
                let pixels = pixels.ok_or_else(|| {
                    self.problem(format!(
                        "line {}: not all are numbers; write finite numbers separated by commas",
                        number + 1
                    ))
                })?;
                Ok(RawImage {
                    pixels,
                    label: None,
                })
            })
            .collect::<Result<Vec<_>, RoleError>>()?;
        if images.is_empty() {
            return Err(self.problem("the file has no image; write one a line".to_owned()));
        }
        Ok(images)
    }

    fn problem(&self, problem: String) -> RoleError {
        RoleError::Images {
            given: self.to_string(),
            problem,
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
        for text in ["digits:held-out:0..3", "digits:train:7..9", "pixels.csv"] {
            assert_eq!(source(text).to_string(), text);
        }
    }

    #[test]
    fn refuses_unclear_names() {
        for text in [
            "digits:",
            "digits:test:0..3",
            "digits:held-out",
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
            let error = source(&text).load().unwrap_err();
            assert!(matches!(error, RoleError::Images { .. }), "{error}");
        }
        let images = source("digits:held-out:1..3").load().unwrap();
        assert_eq!(images.len(), 2);
        assert!(images.iter().all(|image| image.pixels.len() == 64));
    }

    #[test]
    fn reads_rows_of_numbers_and_nothing_else() {
        let file = source("pixels.csv");
        let images = file.parse_rows("1, 2,3\n\n-4,5.5,6\n").unwrap();
        let pixels: Vec<_> = images.into_iter().map(|image| image.pixels).collect();
        assert_eq!(pixels, [vec![1.0, 2.0, 3.0], vec![-4.0, 5.5, 6.0]]);
        for text in ["", "\n \n", "1,x", "1,,2", "nan", "1,inf", "1e999"] {
            assert!(file.parse_rows(text).is_err(), "{text:?}");
        }
    }
}
