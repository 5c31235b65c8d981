//! Models by name or by path, compiled to a program.

use std::path::Path;

use blindproof_fhe::evaluate::Trace;
use blindproof_fhe::model::{ModelError, QuantisedModel};
use blindproof_fhe::params::ParameterSet;
use blindproof_fhe::program::Program;
use ndarray::Array2;

use super::RoleError;
use crate::models;

/// A model that is ready to use.
#[derive(Debug)]
pub struct LoadedModel {
    /// The model.
    pub model: QuantisedModel,
    /// Its program.
    pub program: Program,
    /// Its parameter set.
    pub parameters: &'static ParameterSet,
}

impl LoadedModel {
    /// The built-in model of that name, or else the model file at that path.
    ///
    /// # Errors
    /// [`RoleError::Model`] when there is neither, or when the model is refused; [`RoleError::Onnx`] for a float network.
    pub fn open(name_or_path: &str) -> Result<Self, RoleError> {
        let extension = Path::new(name_or_path).extension();
        if extension.is_some_and(|extension| extension.eq_ignore_ascii_case("onnx")) {
            return Err(RoleError::Onnx {
                path: name_or_path.to_owned(),
            });
        }
        let failed = |source| RoleError::Model {
            name: name_or_path.to_owned(),
            source: Box::new(source),
        };
        let model = match models::find(name_or_path) {
            Some(shipped) => shipped.load(),
            None => QuantisedModel::load(Path::new(name_or_path)),
        }
        .map_err(failed)?;
        Self::new(model).map_err(failed)
    }

    /// Compiles a model.
    ///
    /// # Errors
    /// [`ModelError`] when it does not validate.
    pub fn new(model: QuantisedModel) -> Result<Self, ModelError> {
        Ok(Self {
            program: model.compile()?,
            parameters: model.parameter_set()?,
            model,
        })
    }

    /// The output wire of a trace of this model's program.
    pub fn output_of<'a>(&self, trace: &'a Trace) -> &'a Array2<u64> {
        &trace.wires[self.program.output.0]
    }

    /// Checks that a file holds `features` ciphertexts for each of its images.
    ///
    /// # Errors
    /// [`RoleError::Ciphertexts`].
    pub fn check_rows(
        &self,
        path: &Path,
        images: usize,
        rows: usize,
        features: usize,
    ) -> Result<(), RoleError> {
        if Some(rows) == images.checked_mul(features) {
            return Ok(());
        }
        Err(RoleError::Ciphertexts {
            path: path.to_path_buf(),
            problem: format!(
                "{rows} ciphertexts for {images} images, but the model '{}' has {features} for each image here",
                self.model.name
            ),
        })
    }
}
