//! NPZ: NPY files in a ZIP archive, stored or deflated.

use std::io::Cursor;
use std::path::Path;

use zip::ZipArchive;

use super::bytes::{limited, too_large};
use super::{Array, Labels, MAX_BYTES, Place, Problem, SampleError, npy};

/// Names of the array of samples.
const SAMPLES: [&str; 6] = ["x", "data", "images", "features", "inputs", "arr_0"];
/// Names of the array of labels.
const LABELS: [&str; 7] = [
    "y", "target", "targets", "label", "labels", "class", "arr_1",
];

/// Samples and labels of an archive.
pub(super) fn parse(
    path: &Path,
    content: &[u8],
) -> Result<((Place, Array), Option<Labels>), SampleError> {
    let archive = ZipArchive::new(Cursor::new(content))
        .map_err(|error| SampleError::file(path, Problem::Archive(error.to_string())))?;
    let names: Vec<String> = archive
        .file_names()
        .filter_map(|name| name.strip_suffix(".npy"))
        .map(str::to_owned)
        .collect();
    let listed = |names: &[String]| names.join(", ");
    let find = |role, wanted: &[&str]| -> Result<Option<String>, SampleError> {
        let is_wanted = |name: &&String| wanted.contains(&name.to_lowercase().as_str());
        let mut found: Vec<String> = names.iter().filter(is_wanted).cloned().collect();
        found.sort();
        if found.len() > 1 {
            let found = listed(&found);
            let problem = Problem::TwoArrays { role, found };
            return Err(SampleError::file(path, problem));
        }
        Ok(found.pop())
    };
    let labels = find("labels", &LABELS)?;
    let samples = match find("samples", &SAMPLES)? {
        Some(name) => name,
        None => match &names[..] {
            [only] if labels.is_none() => only.clone(),
            all => {
                let found = match all.len() {
                    0 => "none".to_owned(),
                    _ => listed(all),
                };
                return Err(SampleError::file(path, Problem::NoArray { found }));
            }
        },
    };
    let read = |name: &str| {
        member(&mut archive.clone(), name)
            .map_err(|problem| SampleError::new(path, Place::Array(name.to_owned()), problem))
    };
    let rows = read(&samples)?;
    let labels = labels
        .map(|name| Ok((path.to_path_buf(), Place::Array(name.clone()), read(&name)?)))
        .transpose()?;
    Ok(((Place::Array(samples), rows), labels))
}

/// One array.
fn member(archive: &mut ZipArchive<Cursor<&[u8]>>, name: &str) -> Result<Array, Problem> {
    let file = archive
        .by_name(&format!("{name}.npy"))
        .map_err(|error| Problem::Archive(error.to_string()))?;
    let content = limited(file, MAX_BYTES)
        .map_err(Problem::Decompress)?
        .ok_or_else(too_large)?;
    if !content.starts_with(b"\x93NUMPY") {
        return Err(Problem::Header("not an NPY file".to_owned()));
    }
    npy::parse(&content)
}
