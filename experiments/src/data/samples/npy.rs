//! NPY, the format of one NumPy array (versions 1 to 3).
//!
//! ```text
//! \x93NUMPY major minor      then the length of the header: u16 (version 1) or u32, little-endian
//! {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
//! values
//! ```

use super::idx::{be, count, exactly};
use super::{Array, Problem};

/// Longest header that is read, in bytes.
const MAX_HEADER: usize = 4096;
/// Most axes.
const MAX_AXES: usize = 8;

/// The array in a file.
pub(super) fn parse(content: &[u8]) -> Result<Array, Problem> {
    let (header, data) = split(content).ok_or_else(|| bad("cut off"))?;
    let header = std::str::from_utf8(header).map_err(|_| bad("not text"))?;
    let shape = shape(header)?;
    let count = count(&shape)?;
    let descr = field(header, "descr")?;
    let descr = quoted(descr).ok_or_else(|| Problem::Type(shorten(descr)))?;
    let (width, value) = reader(descr)?;
    let values: Vec<f64> = exactly(data, count, width)?
        .chunks_exact(width)
        .map(value)
        .collect();
    let order = field(header, "fortran_order")?;
    let values = if order.starts_with("True") {
        row_major(&shape, &values)
    } else if order.starts_with("False") {
        values
    } else {
        return Err(bad("`fortran_order` is neither True nor False"));
    };
    Ok(Array { shape, values })
}

fn bad(text: &str) -> Problem {
    Problem::Header(text.to_owned())
}

/// Header and data.
fn split(content: &[u8]) -> Option<(&[u8], &[u8])> {
    let (start, rest) = content.split_first_chunk::<8>()?;
    let digits = if start[6] == 1 { 2 } else { 4 };
    let (length, rest) = rest.split_at_checked(digits)?;
    let length = length.iter().rev().fold(0, |n, &b| n << 8 | usize::from(b));
    (length <= MAX_HEADER)
        .then(|| rest.split_at_checked(length))
        .flatten()
}

/// What follows `'name':`.
fn field<'a>(header: &'a str, name: &str) -> Result<&'a str, Problem> {
    let keys = [format!("'{name}'"), format!("\"{name}\"")];
    keys.iter()
        .find_map(|key| header.split_once(key.as_str()))
        .and_then(|(_, rest)| rest.trim_start().strip_prefix(':'))
        .map(str::trim_start)
        .ok_or_else(|| Problem::Header(format!("no `{name}`")))
}

/// The content of a text that begins with a quoted string.
fn quoted(text: &str) -> Option<&str> {
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    text[1..].split_once(quote).map(|(inside, _)| inside)
}

fn shorten(text: &str) -> String {
    text.chars().take(40).collect()
}

fn shape(header: &str) -> Result<Vec<usize>, Problem> {
    let text = field(header, "shape")?;
    let inside = text
        .strip_prefix('(')
        .and_then(|text| text.split_once(')'))
        .ok_or_else(|| bad("`shape` is not a tuple"))?;
    let axes: Vec<usize> = inside
        .0
        .split(',')
        .map(|axis| axis.trim().trim_end_matches('L'))
        .filter(|axis| !axis.is_empty())
        .map(|axis| axis.parse().map_err(|_| bad("`shape` holds no number")))
        .collect::<Result<_, _>>()?;
    if axes.len() > MAX_AXES {
        return Err(Problem::too_large("axes", axes.len(), MAX_AXES));
    }
    Ok(axes)
}

/// Bytes of a value, and what they mean.
type Reader = (usize, Box<dyn Fn(&[u8]) -> f64>);

fn reader(descr: &str) -> Result<Reader, Problem> {
    let refused = || Problem::Type(shorten(descr));
    let (big, kind) = match descr.split_at_checked(1).ok_or_else(refused)? {
        (">", kind) => (true, kind),
        ("<" | "|" | "=", kind) => (false, kind),
        _ => return Err(refused()),
    };
    let (width, value): (usize, fn(u64) -> f64) = match kind {
        "b1" | "u1" => (1, |v| v as f64),
        "i1" => (1, |v| f64::from(v as u8 as i8)),
        "u2" => (2, |v| v as f64),
        "i2" => (2, |v| f64::from(v as u16 as i16)),
        "u4" => (4, |v| v as f64),
        "i4" => (4, |v| f64::from(v as u32 as i32)),
        "u8" => (8, |v| v as f64),
        "i8" => (8, |v| v as i64 as f64),
        "f4" => (4, |v| f64::from(f32::from_bits(v as u32))),
        "f8" => (8, f64::from_bits),
        _ => return Err(refused()),
    };
    let word = move |bytes: &[u8]| match big {
        true => be(bytes),
        false => bytes.iter().rev().fold(0, |n, &b| n << 8 | u64::from(b)),
    };
    Ok((width, Box::new(move |bytes| value(word(bytes)))))
}

/// Values in row-major order, from an array whose first axis runs fastest.
fn row_major(shape: &[usize], values: &[f64]) -> Vec<f64> {
    let mut steps = vec![1; shape.len()];
    for axis in 1..shape.len() {
        steps[axis] = steps[axis - 1] * shape[axis - 1];
    }
    (0..values.len())
        .map(|mut index| {
            let mut position = 0;
            for axis in (0..shape.len()).rev() {
                position += index % shape[axis] * steps[axis];
                index /= shape[axis];
            }
            values[position]
        })
        .collect()
}
