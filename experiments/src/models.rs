//! Shipped models, embedded in the binary. `training/README.md` says how each was made.

use blindproof_fhe::model::{ModelError, QuantisedModel};

use crate::data::Dataset;

#[cfg(test)]
mod tests;

/// A shipped model.
#[derive(Debug)]
pub struct Shipped {
    /// Its name.
    pub name: &'static str,
    /// What it was trained on, and is evaluated on.
    pub dataset: Dataset,
    json: &'static str,
}

macro_rules! shipped {
    ($($name:literal on $dataset:ident,)*) => {
        &[$(Shipped {
            name: $name,
            dataset: Dataset::$dataset,
            json: include_str!(concat!("../models/", $name, ".json")),
        },)*]
    };
}

/// All shipped models.
pub const ALL: &[Shipped] = shipped![
    "digits-logistic" on Digits,
    "digits-mlp" on Digits,
    "digits-cnn" on Digits,
    "breast-cancer-logistic" on BreastCancer,
    "mnist-mlp" on Mnist,
    "mnist-cnn" on Mnist,
    "fashion-mlp" on FashionMnist,
];

impl Shipped {
    /// The model.
    ///
    /// # Errors
    /// [`ModelError`]: never, as tests load every shipped model.
    pub fn load(&self) -> Result<QuantisedModel, ModelError> {
        QuantisedModel::from_json(self.json)
    }
}

/// The shipped model of a name.
pub fn find(name: &str) -> Option<&'static Shipped> {
    ALL.iter().find(|shipped| shipped.name == name)
}
