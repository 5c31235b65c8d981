//! Why samples were not read.

use std::fmt;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Samples that cannot be used: file, place in it, what is wrong, and what to do.
#[derive(Debug, Error)]
#[error("{}{place}: {problem}", file.display())]
pub struct SampleError {
    /// The file.
    pub file: PathBuf,
    /// Where in the file.
    pub place: Place,
    /// What is wrong.
    pub problem: Problem,
}

impl SampleError {
    pub(super) fn new(file: &Path, place: Place, problem: Problem) -> Self {
        Self {
            file: file.to_path_buf(),
            place,
            problem,
        }
    }

    /// A problem of the whole file.
    pub(super) fn file(file: &Path, problem: Problem) -> Self {
        Self::new(file, Place::File, problem)
    }
}

/// Part of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// All of it.
    File,
    /// A line, from 1.
    Line(u64),
    /// An array of an archive.
    Array(String),
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File => Ok(()),
            Self::Line(line) => write!(out, ", line {line}"),
            Self::Array(name) => write!(out, ", array `{name}`"),
        }
    }
}

/// What is wrong with a file of samples.
#[derive(Debug, Error)]
pub enum Problem {
    /// The system cannot read it.
    #[error("cannot be read: {0}; check the path and its permissions")]
    Unreadable(#[source] io::Error),
    /// The compressed data are damaged.
    #[error("cannot be decompressed: {0}; the file is damaged, fetch it again")]
    Decompress(#[source] io::Error),
    /// More than is accepted.
    #[error("{found} {what}, at most {limit} are accepted; split the file")]
    TooLarge {
        /// Of what.
        what: &'static str,
        /// How many there are.
        found: u64,
        /// Largest number.
        limit: u64,
    },
    /// None of the known formats.
    #[error(
        "is neither IDX, NPY, NPZ nor CSV text; save it with numpy.savez(FILE, x=samples, y=labels)"
    )]
    UnknownFormat,
    /// A header of IDX or NPY that cannot be understood.
    #[error("bad header: {0}; the file is damaged or was made by something else")]
    Header(String),
    /// The header and the length of the file differ.
    #[error("the header asks for {expected} bytes of data, there are {found}; the file is damaged")]
    Length {
        /// Bytes by the header.
        expected: u64,
        /// Bytes there are.
        found: u64,
    },
    /// A type of number that is not read.
    #[error(
        "holds values of type `{0}`; save it as float32, float64 or integers, such as x.astype('float32')"
    )]
    Type(String),
    /// An archive that cannot be understood.
    #[error("bad archive: {0}; write it with numpy.savez or numpy.savez_compressed")]
    Archive(String),
    /// An archive without the array that is needed.
    #[error(
        "has no array of samples (found: {found}); name it x, data, images, features or inputs"
    )]
    NoArray {
        /// Names of all arrays.
        found: String,
    },
    /// An archive in which several arrays could be meant.
    #[error("has several arrays that could be {role} ({found}); leave only one of them")]
    TwoArrays {
        /// Samples or labels.
        role: &'static str,
        /// Names of the arrays.
        found: String,
    },
    /// Samples need two axes.
    #[error("has the shape {0:?}; samples need at least two axes, such as x.reshape(len(x), -1)")]
    Axes(Vec<usize>),
    /// Labels need one axis.
    #[error(
        "has the shape {0:?}; labels are one number for each sample: undo a one-hot encoding with argmax"
    )]
    LabelAxes(Vec<usize>),
    /// No samples.
    #[error("holds no image or other sample; give at least one")]
    NoRows,
    /// As many labels as samples are needed.
    #[error("{labels} labels for {rows} samples; give one for each")]
    LabelCount {
        /// Number of labels.
        labels: usize,
        /// Number of samples.
        rows: usize,
    },
    /// A value of a sample that is missing or infinite.
    #[error("value {feature} of sample {row} is not finite; fill or drop missing values")]
    NotFinite {
        /// Sample, from 0.
        row: usize,
        /// Value, from 0.
        feature: usize,
    },
    /// A label that is missing or infinite.
    #[error("the label of sample {row} is not finite; fill or drop missing labels")]
    LabelNotFinite {
        /// Sample, from 0.
        row: usize,
    },
    /// A field of a CSV file that is no number.
    #[error(
        "`{field}` in column {column} is not a finite number; write numbers separated by commas"
    )]
    Field {
        /// Column, from 1.
        column: usize,
        /// The field, shortened.
        field: String,
    },
    /// A line of a CSV file with another number of fields than the first.
    #[error("{found} values instead of {expected}; all lines need the same number")]
    Columns {
        /// Fields of this line.
        found: usize,
        /// Fields of the first.
        expected: usize,
    },
    /// A CSV file that was written with an index.
    #[error(
        "the first column has no name: an index, it seems; write the file without (index=False)"
    )]
    IndexColumn,
    /// No column has the name that was asked for.
    #[error("no column is named `{name}` (columns: {columns}); give --label-column another name")]
    NoColumn {
        /// Asked for.
        name: String,
        /// All names.
        columns: String,
    },
    /// A name was asked for, but there is no header.
    #[error("has no header, so no column is named `{0}`; give --label-column first, last or none")]
    NoHeader(String),
    /// There is no column beside the label.
    #[error("all values are labels; write the features in further columns")]
    OnlyLabels,
    /// Labels from another file do not go with CSV.
    #[error("is CSV, which has labels in a column; use --label-column")]
    LabelsOfCsv,
    /// A label column goes with CSV only.
    #[error("is not CSV and has no columns; leave --label-column out, or give none")]
    ColumnOfArray,
    /// Labels of IDX and NPY are in a file of these formats.
    #[error("holds labels in another format; write them as IDX or NPY")]
    LabelFormat,
    /// A range outside the samples.
    #[error("the range {}..{} is not within its {rows} samples", range.start, range.end)]
    Range {
        /// Asked for.
        range: Range<usize>,
        /// Samples there are.
        rows: usize,
    },
}

impl Problem {
    pub(super) fn too_large(what: &'static str, found: usize, limit: usize) -> Self {
        Self::TooLarge {
            what,
            found: found as u64,
            limit: limit as u64,
        }
    }
}
