//! Shipped experiments, embedded in the binary.

use super::config::{ConfigError, Experiment};

/// A shipped experiment.
#[derive(Debug)]
pub struct Shipped {
    /// Its name.
    pub name: &'static str,
    text: &'static str,
}

macro_rules! shipped {
    ($($name:literal,)*) => {
        &[$(Shipped {
            name: $name,
            text: include_str!(concat!("../../shipped/", $name, ".toml")),
        },)*]
    };
}

/// All shipped experiments.
pub const ALL: &[Shipped] = shipped![
    "overhead",
    "selection",
    "batching",
    "parameters",
    "backends",
    "trust",
    "scaling",
];

impl Shipped {
    /// The experiment; `quick`: in its small size.
    ///
    /// # Errors
    /// [`ConfigError`]: never, as a test reads every shipped file.
    pub fn load(&self, quick: bool) -> Result<Experiment, ConfigError> {
        Experiment::parse(&format!("{}.toml", self.name), self.text, quick)
    }
}

/// The shipped experiment of a name.
pub fn find(name: &str) -> Option<&'static Shipped> {
    ALL.iter().find(|shipped| shipped.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_valid_and_has_its_name() {
        for shipped in ALL {
            let (full, quick) = (shipped.load(false).unwrap(), shipped.load(true).unwrap());
            assert_eq!(full.name, shipped.name);
            assert!(full.question.ends_with('?') && full.minutes.is_some_and(|m| m <= 10));
            assert!(!quick.cells.is_empty() && quick.cells.len() <= full.cells.len());
        }
    }
}
