//! Labelled samples from files: IDX, NPY, NPZ and CSV, each also compressed with gzip.
//!
//! | format | samples | labels |
//! |---|---|---|
//! | IDX (MNIST) | first axis | the file of the usual name (`...-images-idx3-...` to `...-labels-idx1-...`), or `IMAGES,LABELS` |
//! | NPY | first axis | `SAMPLES,LABELS` |
//! | NPZ | array `x`, `data`, `images`, `features`, `inputs` or `arr_0`: first axis | array `y`, `target`, `targets`, `label`, `labels`, `class` or `arr_1` |
//! | CSV | one a line, header or none | a column: [`LabelColumn`] |
//!
//! The format follows from the content, not from the name. What is read is limited: [`MAX_BYTES`], [`MAX_VALUES`].

mod bytes;
mod csv;
mod error;
mod idx;
mod npy;
mod npz;
mod source;

#[cfg(test)]
mod tests;

pub use error::{Place, Problem, SampleError};
pub use source::SampleFile;
pub(crate) use source::split_range;

use std::convert::Infallible;
use std::fmt;
use std::path::Path;
use std::str::FromStr;

/// Most bytes of a file that are read, after decompression.
pub const MAX_BYTES: u64 = 1 << 30;
/// Most values of all samples together.
pub const MAX_VALUES: usize = 1 << 26;
/// Most samples.
pub const MAX_ROWS: usize = 1 << 22;

/// Samples, with their labels where known.
#[derive(Debug, Clone, PartialEq)]
pub struct Samples {
    /// One list of finite values for each sample, all of the same length; at least one sample.
    pub rows: Vec<Vec<f64>>,
    /// Shape of a sample, in row-major order; its product is the length of a row.
    pub shape: Vec<usize>,
    /// One finite number for each sample: a class, or a value.
    pub labels: Option<Vec<f64>>,
}

impl Samples {
    /// Labels as classes from 0; `None` without labels.
    ///
    /// # Errors
    /// The position of the first label that is no whole number from 0 on, and the label.
    pub fn classes(&self) -> Option<Result<Vec<usize>, (usize, f64)>> {
        let labels = self.labels.as_ref()?.iter().enumerate();
        Some(
            labels
                .map(|(index, &label)| {
                    let is_class = label >= 0.0 && label.fract() == 0.0 && label <= 1e9;
                    is_class.then_some(label as usize).ok_or((index, label))
                })
                .collect(),
        )
    }
}

/// Which column of a CSV file holds the labels.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum LabelColumn {
    /// The one named `label`, `target` or `class`, if there is a header with one of these; otherwise none.
    #[default]
    Automatic,
    /// The first.
    First,
    /// The last.
    Last,
    /// No column; other formats: labels are not read.
    None,
    /// The column of this name.
    Name(String),
}

impl FromStr for LabelColumn {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            "auto" => Self::Automatic,
            "first" => Self::First,
            "last" => Self::Last,
            "none" => Self::None,
            name => Self::Name(name.to_owned()),
        })
    }
}

impl fmt::Display for LabelColumn {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Automatic => "auto",
            Self::First => "first",
            Self::Last => "last",
            Self::None => "none",
            Self::Name(name) => name,
        })
    }
}

/// What is in a file, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Idx,
    Npy,
    Npz,
    Csv,
}

impl Format {
    fn of(content: &[u8]) -> Option<Self> {
        match content {
            [0, 0, 0x08..=0x0e, 1..=8, ..] => Some(Self::Idx),
            [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => Some(Self::Npy),
            [b'P', b'K', 3 | 5, 4 | 6, ..] => Some(Self::Npz),
            text => {
                let is_text = std::str::from_utf8(text).is_ok() && !text.contains(&0);
                is_text.then_some(Self::Csv)
            }
        }
    }
}

/// Numbers in an array of any shape, in row-major order.
#[derive(Debug, Clone, PartialEq)]
struct Array {
    shape: Vec<usize>,
    values: Vec<f64>,
}

impl SampleFile {
    /// Reads the samples.
    ///
    /// # Errors
    /// [`SampleError`] names the file, the line or array, and what to do.
    pub fn load(&self, column: &LabelColumn) -> Result<Samples, SampleError> {
        let path = &self.path;
        let content = bytes::read(path)?;
        let format = detect(path, &content)?;
        if format == Format::Csv {
            if self.labels.is_some() {
                return Err(SampleError::file(path, Problem::LabelsOfCsv));
            }
            let samples = csv::parse(path, &content, column)?;
            return self.cut(samples);
        }
        if matches!(
            column,
            LabelColumn::First | LabelColumn::Last | LabelColumn::Name(_)
        ) {
            return Err(SampleError::file(path, Problem::ColumnOfArray));
        }
        let (samples, labels) = match format {
            Format::Npz => npz::parse(path, &content)?,
            _ => (
                (Place::File, array(path, &content, format)?),
                self.beside(format)?,
            ),
        };
        let labels = labels.filter(|_| *column != LabelColumn::None);
        self.cut(join(path, samples, labels)?)
    }

    /// The labels of an IDX or NPY file, which are in another file.
    fn beside(&self, format: Format) -> Result<Option<Labels>, SampleError> {
        let path = match &self.labels {
            Some(path) => path.clone(),
            None if format == Format::Idx => match source::usual_labels(&self.path) {
                Some(path) => path,
                None => return Ok(None),
            },
            None => return Ok(None),
        };
        label_array(&path, &bytes::read(&path)?).map(Some)
    }

    /// The part that the range names.
    fn cut(&self, mut samples: Samples) -> Result<Samples, SampleError> {
        let Some(range) = &self.range else {
            return Ok(samples);
        };
        let rows = samples.rows.len();
        if range.is_empty() || range.end > rows {
            let range = range.clone();
            let problem = Problem::Range { range, rows };
            return Err(SampleError::file(&self.path, problem));
        }
        samples.rows.truncate(range.end);
        samples.rows.drain(..range.start);
        if let Some(labels) = &mut samples.labels {
            labels.truncate(range.end);
            labels.drain(..range.start);
        }
        Ok(samples)
    }
}

impl Samples {
    /// Samples in the content of a file, with the content of a file of labels for IDX and NPY. `path` is for errors.
    ///
    /// # Errors
    /// As [`SampleFile::load`].
    pub fn from_bytes(
        path: &Path,
        content: &[u8],
        labels: Option<&[u8]>,
        column: &LabelColumn,
    ) -> Result<Self, SampleError> {
        let content = bytes::decompressed(path, content.to_vec())?;
        match (detect(path, &content)?, labels) {
            (Format::Csv, None) => csv::parse(path, &content, column),
            (Format::Csv, Some(_)) => Err(SampleError::file(path, Problem::LabelsOfCsv)),
            (Format::Npz, _) => {
                let (samples, labels) = npz::parse(path, &content)?;
                join(path, samples, labels)
            }
            (format, labels) => {
                let samples = (Place::File, array(path, &content, format)?);
                let read =
                    |labels: &[u8]| label_array(path, &bytes::decompressed(path, labels.to_vec())?);
                let labels = labels.map(read);
                join(path, samples, labels.transpose()?)
            }
        }
    }
}

/// The labels in the content of an IDX or NPY file.
fn label_array(path: &Path, content: &[u8]) -> Result<Labels, SampleError> {
    let format = match detect(path, content)? {
        format @ (Format::Idx | Format::Npy) => format,
        _ => return Err(SampleError::file(path, Problem::LabelFormat)),
    };
    let labels = array(path, content, format)?;
    Ok((path.to_path_buf(), Place::File, labels))
}

/// Labels, with the file and the part of it that they come from.
type Labels = (std::path::PathBuf, Place, Array);

fn detect(path: &Path, content: &[u8]) -> Result<Format, SampleError> {
    Format::of(content).ok_or_else(|| SampleError::file(path, Problem::UnknownFormat))
}

fn array(path: &Path, content: &[u8], format: Format) -> Result<Array, SampleError> {
    let parsed = match format {
        Format::Idx => idx::parse(content),
        _ => npy::parse(content),
    };
    parsed.map_err(|problem| SampleError::file(path, problem))
}

/// Rows of an array, with labels.
fn join(
    path: &Path,
    (place, array): (Place, Array),
    labels: Option<Labels>,
) -> Result<Samples, SampleError> {
    let failed = |problem| SampleError::new(path, place.clone(), problem);
    let (rows, shape) = match array.shape.split_first() {
        Some((&rows, shape)) if !shape.is_empty() => (rows, shape.to_vec()),
        _ => return Err(failed(Problem::Axes(array.shape))),
    };
    let features: usize = shape.iter().product();
    if rows == 0 || features == 0 {
        return Err(failed(Problem::NoRows));
    }
    if rows > MAX_ROWS {
        return Err(failed(Problem::too_large("samples", rows, MAX_ROWS)));
    }
    if let Some(position) = array.values.iter().position(|x| !x.is_finite()) {
        return Err(failed(Problem::NotFinite {
            row: position / features,
            feature: position % features,
        }));
    }
    let labels = labels
        .map(|(path, place, labels)| {
            let failed = |problem| SampleError::new(&path, place.clone(), problem);
            let is_column = match labels.shape[..] {
                [_] => true,
                [_, rest] => rest == 1,
                _ => false,
            };
            if !is_column {
                return Err(failed(Problem::LabelAxes(labels.shape)));
            }
            if labels.values.len() != rows {
                return Err(failed(Problem::LabelCount {
                    labels: labels.values.len(),
                    rows,
                }));
            }
            match labels.values.iter().position(|x| !x.is_finite()) {
                Some(row) => Err(failed(Problem::LabelNotFinite { row })),
                None => Ok(labels.values),
            }
        })
        .transpose()?;
    Ok(Samples {
        rows: array.values.chunks(features).map(<[f64]>::to_vec).collect(),
        shape,
        labels,
    })
}
