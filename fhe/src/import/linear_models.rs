//! Linear models of `ai.onnx.ml`.

use super::graph::Builder;
use super::reader::Reader;
use super::tensor::size;
use super::{FloatOutput, ImportError};
use crate::model::OutputKind;
use ndarray::Array2;

impl Builder {
    pub(super) fn linear_classifier(
        &mut self,
        reader: Reader<'_>,
        input: usize,
    ) -> Result<(), ImportError> {
        let rows = self.rows(
            reader,
            input,
            reader
                .ints("classlabels_ints")
                .len()
                .max(reader.strings("classlabels_strings").len()),
        )?;
        let outputs = rows.1.len();
        self.affine(reader, input, rows.0, rows.1)?;
        let output = FloatOutput {
            node: self.model.nodes.len(),
            kind: if outputs == 1 {
                OutputKind::Sign
            } else {
                OutputKind::Argmax
            },
            labels: reader.labels("classlabels_ints", "classlabels_strings"),
        };
        self.client(reader, &output);
        Ok(())
    }

    pub(super) fn linear_regressor(
        &mut self,
        reader: Reader<'_>,
        input: usize,
    ) -> Result<(), ImportError> {
        let targets = usize::try_from(reader.int("targets", 1)).unwrap_or(0);
        let (weights, bias) = self.rows(reader, input, targets)?;
        self.affine(reader, input, weights, bias)
    }

    /// Coefficients and intercepts of linear models; rows may be fewer than asked for.
    fn rows(
        &self,
        reader: Reader<'_>,
        input: usize,
        most: usize,
    ) -> Result<(Array2<f32>, Vec<f32>), ImportError> {
        let features = size(&self.shapes[input]).unwrap_or(1).max(1);
        let coefficients = reader.floats("coefficients");
        let count = coefficients.len() / features;
        let mut bias = reader.floats("intercepts").to_vec();
        if bias.is_empty() {
            bias = vec![0.0; count];
        }
        let weights = Array2::from_shape_vec((count, features), coefficients.to_vec()).ok();
        weights
            .filter(|_| count > 0 && count <= most.max(1))
            .map(|weights| (weights, bias))
            .ok_or_else(|| {
                reader.error(
                    "its coefficients do not fit its input",
                    "export the model again",
                )
            })
    }
}
