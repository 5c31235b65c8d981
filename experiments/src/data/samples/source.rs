//! Files of samples, as named on the command line.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// `SAMPLES`, `SAMPLES,LABELS`, either with `:FIRST..END`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleFile {
    /// The samples.
    pub path: PathBuf,
    /// Their labels, if in a file that does not have the usual name.
    pub labels: Option<PathBuf>,
    /// Which samples; by default all.
    pub range: Option<Range<usize>>,
}

impl SampleFile {
    /// All samples of a file.
    pub fn all(path: &Path) -> Self {
        Self {
            path: path.to_path_buf(),
            labels: None,
            range: None,
        }
    }

    /// What a text names; every text names something. The comma of a file that exists is part of its name.
    pub fn parse(text: &str) -> Self {
        let (files, range) = match split_range(text) {
            Some((files, range)) => (files, Some(range)),
            None => (text, None),
        };
        let (path, labels) = match files.rsplit_once(',') {
            Some((path, labels))
                if !path.is_empty() && !labels.is_empty() && !Path::new(files).is_file() =>
            {
                (path, Some(labels))
            }
            _ => (files, None),
        };
        Self {
            path: path.into(),
            labels: labels.map(Into::into),
            range,
        }
    }
}

impl fmt::Display for SampleFile {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.path.display())?;
        if let Some(labels) = &self.labels {
            write!(out, ",{}", labels.display())?;
        }
        match &self.range {
            Some(range) => write!(out, ":{}..{}", range.start, range.end),
            None => Ok(()),
        }
    }
}

/// `TEXT:FIRST..END` as its parts.
pub(crate) fn split_range(text: &str) -> Option<(&str, Range<usize>)> {
    let (rest, range) = text.rsplit_once(':')?;
    let (start, end) = range.split_once("..")?;
    Some((rest, start.parse().ok()?..end.parse().ok()?))
}

/// The file of labels that goes with a file of images by its name, if there is one: `images` becomes `labels` and
/// `idx3` becomes `idx1`, with and without `.gz`.
pub(super) fn usual_labels(images: &Path) -> Option<PathBuf> {
    let name = images.file_name()?.to_str()?;
    let labels = name.replace("images", "labels").replace("idx3", "idx1");
    if labels == name {
        return None;
    }
    let other = match labels.strip_suffix(".gz") {
        Some(plain) => plain.to_owned(),
        None => format!("{labels}.gz"),
    };
    [labels, other]
        .iter()
        .map(|name| images.with_file_name(name))
        .find(|path| path.is_file())
}
