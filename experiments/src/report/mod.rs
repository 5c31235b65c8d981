//! `report.html`: one run for people to read, in one file that asks the network for nothing.
//!
//! | part | what it is for |
//! |---|---|
//! | `page` | everything the template shows |
//! | `tables` | the figures as rows |
//! | `charts` | geometry of the charts |
//! | `format` | numbers with units |
//! | `*.html`, `style.css` | the page; every text in it is escaped by the template engine |

mod charts;
#[cfg(test)]
mod fixture;
pub(crate) mod format;
mod page;
mod tables;
#[cfg(test)]
mod tests;

use std::io;
use std::path::Path;

use blindproof_bridge::artefact::{Existing, Problem, write_atomically};
use minijinja::Environment;

use crate::result::RunResult;

/// The look of all pages.
pub(crate) const STYLE: &str = include_str!("style.css");

/// Name of the file that [`write()`] makes.
pub const FILE_NAME: &str = "report.html";

/// Writes [`FILE_NAME`] into `folder`, in one step.
///
/// # Errors
/// When the file cannot be written.
pub fn write(folder: &Path, result: &RunResult) -> io::Result<()> {
    let page = render(folder, result).map_err(io::Error::other)?;
    let path = folder.join(FILE_NAME);
    write_atomically(&path, &[page.as_bytes()], false, Existing::Replace).map_err(|problem| {
        match problem {
            Problem::Io { source, .. } => source,
            other => io::Error::other(other),
        }
    })
}

/// The page as text; `folder` is named in the command that verifies again.
fn render(folder: &Path, result: &RunResult) -> Result<String, minijinja::Error> {
    let mut templates = Environment::new();
    templates.set_trim_blocks(true);
    templates.set_lstrip_blocks(true);
    templates.add_template("charts.html", include_str!("charts.html"))?;
    templates.add_template("style.css", STYLE)?;
    templates.add_template("page.html", include_str!("page.html"))?;
    templates
        .get_template("page.html")?
        .render(page::Page::new(folder, result))
}
