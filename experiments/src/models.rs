//! Shipped models, embedded in the binary. `training/README.md` says how each was made.

use blindproof_fhe::model::{ClearModel, ModelError, QuantisedModel};

use crate::data::{Dataset, Split};

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
    "breast-cancer-forest" on BreastCancer,
    "mnist-mlp" on Mnist,
    "mnist-cnn" on Mnist,
    "fashion-mlp" on FashionMnist,
];

impl Shipped {
    /// Accuracy of the clear quantised model on the held-out part of its data set: right predictions, and how many there are.
    ///
    /// # Errors
    /// [`ModelError`]: never, as tests do this for every shipped model.
    pub fn held_out_accuracy(&self) -> Result<(usize, usize), ModelError> {
        let model = self.load()?;
        let clear = ClearModel::new(&model)?;
        let Some(samples) = self.dataset.samples(Split::HeldOut) else {
            return Ok((0, 0));
        };
        let labels = samples.labels.as_deref().unwrap_or_default();
        let mut right = 0;
        for (raw, &label) in samples.rows.iter().zip(labels) {
            let logits = clear.predict(&model.quantise(raw)?)?;
            let logits: Vec<f64> = logits.iter().map(|&logit| logit as f64).collect();
            let class = model.prediction(&logits).and_then(|p| p.class());
            right += usize::from(class.is_some_and(|class| class as f64 == label));
        }
        Ok((right, samples.rows.len()))
    }

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
