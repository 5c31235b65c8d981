//! IDX, the format of MNIST.
//!
//! ```text
//! 0 0 type axes           type: 8 u8, 9 i8, 11 i16, 12 i32, 13 f32, 14 f64
//! length of each axis     u32, big-endian
//! values                  big-endian, row-major
//! ```

use super::{Array, MAX_VALUES, Problem};

/// The array in a file.
pub(super) fn parse(content: &[u8]) -> Result<Array, Problem> {
    let bad = |text: &str| Problem::Header(text.to_owned());
    let (&[_, _, kind, axes], rest) = content
        .split_first_chunk::<4>()
        .ok_or_else(|| bad("fewer than 4 bytes"))?;
    let (lengths, data) = rest
        .split_at_checked(4 * usize::from(axes))
        .ok_or_else(|| bad("cut off"))?;
    let shape: Vec<usize> = lengths
        .chunks_exact(4)
        .map(|length| be(length) as usize)
        .collect();
    let count = count(&shape)?;
    let (width, value): (usize, fn(&[u8]) -> f64) = match kind {
        0x08 => (1, |b| be(b) as f64),
        0x09 => (1, |b| f64::from(be(b) as u8 as i8)),
        0x0b => (2, |b| f64::from(be(b) as u16 as i16)),
        0x0c => (4, |b| f64::from(be(b) as u32 as i32)),
        0x0d => (4, |b| f64::from(f32::from_bits(be(b) as u32))),
        0x0e => (8, |b| f64::from_bits(be(b))),
        other => return Err(Problem::Type(format!("IDX {other:#04x}"))),
    };
    let values = exactly(data, count, width)?.chunks_exact(width).map(value);
    Ok(Array {
        shape,
        values: values.collect(),
    })
}

/// Product of a shape, within [`MAX_VALUES`].
pub(super) fn count(shape: &[usize]) -> Result<usize, Problem> {
    let product = shape
        .iter()
        .try_fold(1usize, |n, &axis| n.checked_mul(axis));
    match product {
        Some(count) if count <= MAX_VALUES => Ok(count),
        other => Err(Problem::too_large(
            "values",
            other.unwrap_or(usize::MAX),
            MAX_VALUES,
        )),
    }
}

/// The data, if they are as long as they must be.
pub(super) fn exactly(data: &[u8], count: usize, width: usize) -> Result<&[u8], Problem> {
    if data.len() == count * width {
        return Ok(data);
    }
    Err(Problem::Length {
        expected: (count * width) as u64,
        found: data.len() as u64,
    })
}

/// At most 8 bytes, big-endian.
pub(super) fn be(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |n, &byte| n << 8 | u64::from(byte))
}
