//! Shipped data sets, embedded in the binary. Each folder of `data` has a README with source, licence, format and split.

use std::fmt;
use std::path::Path;
use std::sync::LazyLock;

use super::samples::{LabelColumn, Samples};

/// A shipped data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dataset {
    /// 8 x 8 handwritten digits of the UCI repository, as in scikit-learn: grey values 0 (white) to 16.
    Digits,
    /// Breast Cancer Wisconsin (Diagnostic), as in scikit-learn: 30 features, class 1 is benign.
    BreastCancer,
    /// MNIST: 28 x 28 grey values 0 (white) to 255; only held-out images are shipped.
    Mnist,
    /// Fashion-MNIST: 28 x 28 grey values 0 to 255; only held-out images are shipped.
    FashionMnist,
}

/// Part of a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// For training and for choosing settings.
    Train,
    /// For reporting; never trained on.
    HeldOut,
}

impl Split {
    /// Both parts.
    pub const ALL: [Self; 2] = [Self::HeldOut, Self::Train];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::HeldOut => "held-out",
        }
    }
}

impl fmt::Display for Dataset {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl Dataset {
    /// All data sets.
    pub const ALL: [Self; 4] = [
        Self::Digits,
        Self::BreastCancer,
        Self::Mnist,
        Self::FashionMnist,
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Digits => "digits",
            Self::BreastCancer => "breast-cancer",
            Self::Mnist => "mnist",
            Self::FashionMnist => "fashion-mnist",
        }
    }

    /// The samples of one part, with labels, in the order of the file; `None` for a part that is not shipped.
    pub fn samples(self, split: Split) -> Option<&'static Samples> {
        static DIGITS: LazyLock<[Samples; 2]> =
            LazyLock::new(|| csv(include_bytes!("../../data/digits/digits.csv"), &[1, 8, 8]));
        static BREAST_CANCER: LazyLock<[Samples; 2]> = LazyLock::new(|| {
            csv(
                include_bytes!("../../data/breast-cancer/breast-cancer.csv"),
                &[30],
            )
        });
        static MNIST: LazyLock<Samples> = LazyLock::new(|| {
            idx(
                include_bytes!("../../data/mnist/held-out-images-idx3-ubyte.gz"),
                include_bytes!("../../data/mnist/held-out-labels-idx1-ubyte.gz"),
            )
        });
        static FASHION_MNIST: LazyLock<Samples> = LazyLock::new(|| {
            idx(
                include_bytes!("../../data/fashion-mnist/held-out-images-idx3-ubyte.gz"),
                include_bytes!("../../data/fashion-mnist/held-out-labels-idx1-ubyte.gz"),
            )
        });
        let part = match split {
            Split::Train => 0,
            Split::HeldOut => 1,
        };
        match (self, split) {
            (Self::Digits, _) => Some(&DIGITS[part]),
            (Self::BreastCancer, _) => Some(&BREAST_CANCER[part]),
            (Self::Mnist, Split::HeldOut) => Some(&MNIST),
            (Self::FashionMnist, Split::HeldOut) => Some(&FASHION_MNIST),
            (Self::Mnist | Self::FashionMnist, Split::Train) => None,
        }
    }
}

/// The two parts of a CSV file with labels first: samples whose index is 4 modulo 5 are held out.
///
/// # Panics
/// Never: a test reads every shipped file.
fn csv(content: &[u8], shape: &[usize]) -> [Samples; 2] {
    let all = Samples::from_bytes(Path::new("shipped"), content, None, &LabelColumn::First)
        .expect("the shipped file is valid");
    let labels = all.labels.unwrap_or_default();
    [false, true].map(|held_out| {
        let chosen = |index: &usize| (index % 5 == 4) == held_out;
        let indices: Vec<usize> = (0..labels.len()).filter(chosen).collect();
        Samples {
            rows: indices.iter().map(|&i| all.rows[i].clone()).collect(),
            shape: shape.to_vec(),
            labels: Some(indices.iter().map(|&i| labels[i]).collect()),
        }
    })
}

/// Images and labels of IDX files.
///
/// # Panics
/// Never: a test reads every shipped file.
fn idx(images: &[u8], labels: &[u8]) -> Samples {
    let mut samples = Samples::from_bytes(
        Path::new("shipped"),
        images,
        Some(labels),
        &LabelColumn::Automatic,
    )
    .expect("the shipped files are valid");
    samples.shape.insert(0, 1);
    samples
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(dataset: Dataset, split: Split) -> &'static Samples {
        dataset.samples(split).expect("shipped")
    }

    #[test]
    fn parts_have_the_documented_sizes_and_every_class() {
        for (dataset, split, count, features, classes) in [
            (Dataset::Digits, Split::Train, 1438, 64, 10),
            (Dataset::Digits, Split::HeldOut, 359, 64, 10),
            (Dataset::BreastCancer, Split::Train, 456, 30, 2),
            (Dataset::BreastCancer, Split::HeldOut, 113, 30, 2),
            (Dataset::Mnist, Split::HeldOut, 1000, 784, 10),
            (Dataset::FashionMnist, Split::HeldOut, 1000, 784, 10),
        ] {
            let samples = part(dataset, split);
            let labels = samples.classes().expect("labels").expect("classes");
            assert_eq!(samples.rows.len(), count, "{dataset}");
            assert_eq!(labels.len(), count, "{dataset}");
            assert_eq!(samples.shape.iter().product::<usize>(), features);
            assert!(samples.rows.iter().all(|row| row.len() == features));
            assert!((0..classes).all(|class| labels.contains(&class)));
            assert!(labels.iter().all(|&label| label < classes));
        }
        assert!(Dataset::Mnist.samples(Split::Train).is_none());
    }

    #[test]
    fn first_held_out_digit_is_the_fifth_of_scikit_learn() {
        let samples = part(Dataset::Digits, Split::HeldOut);
        assert_eq!(samples.labels.as_ref().unwrap()[0], 4.0);
        assert_eq!(
            samples.rows[0][..8],
            [0.0, 0.0, 0.0, 1.0, 11.0, 0.0, 0.0, 0.0]
        );
    }

    #[test]
    fn images_use_their_whole_range() {
        for dataset in [Dataset::Mnist, Dataset::FashionMnist] {
            let rows = &part(dataset, Split::HeldOut).rows;
            let largest = rows.iter().flatten().copied().fold(0.0, f64::max);
            assert_eq!(largest, 255.0, "{dataset}");
        }
    }
}
