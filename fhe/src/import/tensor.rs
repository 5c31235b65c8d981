//! Constants of a file.

use super::ImportError;
use super::proto::TensorProto;
use ndarray::{ArrayD, IxDyn};

/// Most values of a constant.
const MAX_VALUES: usize = 1 << 24;

/// A constant; integers are exact up to `2^53`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tensor {
    pub(super) shape: Vec<usize>,
    pub(super) values: Vec<f64>,
}

/// Number of values of a shape, if not too many.
pub(super) fn size(shape: &[usize]) -> Option<usize> {
    let size = shape.iter().try_fold(1_usize, |n, &d| n.checked_mul(d))?;
    (size <= MAX_VALUES).then_some(size)
}

impl Tensor {
    pub(super) fn vector(values: Vec<f64>) -> Self {
        Self {
            shape: vec![values.len()],
            values,
        }
    }

    /// Reads a constant. Values lie in `raw_data` (little endian) or in a typed field.
    pub(super) fn read(proto: &TensorProto) -> Result<Self, ImportError> {
        let error = |problem: String, remedy: &str| ImportError::Tensor {
            name: proto.name.clone(),
            problem,
            remedy: remedy.to_owned(),
        };
        if proto.data_location != 0 {
            return Err(error(
                "its data are in another file".to_owned(),
                "save the model with all data inside (save_as_external_data=False)",
            ));
        }
        let shape: Option<Vec<usize>> = proto
            .dims
            .iter()
            .map(|&d| usize::try_from(d).ok())
            .collect();
        let (shape, count) = shape
            .and_then(|shape| size(&shape).map(|count| (shape, count)))
            .ok_or_else(|| {
                error(
                    format!("bad shape {:?}", proto.dims),
                    "export the model again",
                )
            })?;
        let raw = &proto.raw_data;
        let int32 = || proto.int32_data.iter().map(|&v| f64::from(v)).collect();
        let values: Vec<f64> = match (proto.data_type, raw.is_empty()) {
            (1, false) => chunks(raw, |b: [u8; 4]| f64::from(f32::from_le_bytes(b))),
            (1, true) => proto.float_data.iter().map(|&v| f64::from(v)).collect(),
            (2, false) => raw.iter().map(|&v| f64::from(v)).collect(),
            (3, false) => raw.iter().map(|&v| f64::from(v as i8)).collect(),
            (6, false) => chunks(raw, |b: [u8; 4]| f64::from(i32::from_le_bytes(b))),
            (7, false) => chunks(raw, |b: [u8; 8]| i64::from_le_bytes(b) as f64),
            (7, true) => proto.int64_data.iter().map(|&v| v as f64).collect(),
            (9, false) => raw.iter().map(|&v| f64::from(u8::from(v != 0))).collect(),
            (10, false) => chunks(raw, |b: [u8; 2]| half(u16::from_le_bytes(b))),
            (10, true) => (proto.int32_data.iter()).map(|&v| half(v as u16)).collect(),
            (11, false) => chunks(raw, f64::from_le_bytes),
            (11, true) => proto.double_data.clone(),
            (2 | 3 | 6 | 9, true) => int32(),
            (other, _) => {
                return Err(error(
                    format!("element type {other} is not supported"),
                    "use float, double, float16 or integers of 8, 32 or 64 bits",
                ));
            }
        };
        if values.len() != count {
            return Err(error(
                format!("{} values where shape {shape:?} has {count}", values.len()),
                "export the model again",
            ));
        }
        Ok(Self { shape, values })
    }

    /// The only value.
    pub(super) fn scalar(&self) -> Option<f64> {
        match self.values[..] {
            [value] => Some(value),
            _ => None,
        }
    }

    /// The same values under another shape of the same size.
    pub(super) fn with_shape(&self, shape: Vec<usize>) -> Self {
        Self {
            shape,
            values: self.values.clone(),
        }
    }

    /// The values as an array; `None` where their number does not fit the shape.
    pub(super) fn array(&self) -> Option<ArrayD<f64>> {
        ArrayD::from_shape_vec(IxDyn(&self.shape), self.values.clone()).ok()
    }

    /// The values of an array.
    pub(super) fn of(array: &ArrayD<f64>) -> Self {
        Self {
            shape: array.shape().to_vec(),
            values: array.iter().copied().collect(),
        }
    }

    /// Axes in another order.
    pub(super) fn transposed(&self, order: &[usize]) -> Option<Self> {
        let mut sorted = order.to_vec();
        sorted.sort_unstable();
        if !sorted.iter().copied().eq(0..self.shape.len()) {
            return None;
        }
        let array = ndarray::ArrayViewD::from_shape(&self.shape[..], &self.values).ok()?;
        let array = array.permuted_axes(order);
        Some(Self {
            shape: array.shape().to_vec(),
            values: array.iter().copied().collect(),
        })
    }
}

fn chunks<const N: usize>(raw: &[u8], read: impl Fn([u8; N]) -> f64) -> Vec<f64> {
    let (chunks, rest) = raw.as_chunks::<N>();
    if rest.is_empty() {
        chunks.iter().map(|&bytes| read(bytes)).collect()
    } else {
        Vec::new()
    }
}

/// IEEE 754 binary16.
fn half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let fraction = f64::from(bits & 0x3ff);
    sign * match bits >> 10 & 0x1f {
        0 => fraction * 2_f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        exponent => (1.0 + fraction / 1024.0) * 2_f64.powi(i32::from(exponent) - 15),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_precision() {
        let known = [
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x0001, 2_f64.powi(-24)),
            (0x7bff, 65504.0),
        ];
        assert!(known.iter().all(|&(bits, value)| half(bits) == value));
    }

    #[test]
    fn rejects_data_outside_and_wrong_counts() {
        let outside = TensorProto {
            data_location: 1,
            data_type: 1,
            ..Default::default()
        };
        assert!(
            Tensor::read(&outside)
                .unwrap_err()
                .to_string()
                .contains("another file")
        );
        let short = TensorProto {
            dims: vec![3],
            data_type: 1,
            raw_data: vec![0; 8],
            ..Default::default()
        };
        assert!(Tensor::read(&short).is_err());
        let huge = TensorProto {
            dims: vec![i64::MAX, 8],
            data_type: 1,
            ..Default::default()
        };
        assert!(Tensor::read(&huge).is_err());
    }
}
