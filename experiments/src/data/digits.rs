//! The 8 x 8 handwritten digits of the UCI repository, as shipped with scikit-learn.

use std::sync::LazyLock;

/// Pixels of an image.
const PIXELS: usize = 64;
/// Largest pixel value.
const MAX_PIXEL: u8 = 16;
/// Number of classes.
const CLASSES: u8 = 10;

/// Part of the data set: images whose index is 4 modulo 5 are held out and never trained on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// 1,438 images for training and for choosing settings.
    Train,
    /// 359 images for reporting.
    HeldOut,
}

/// One image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digit {
    /// Position in the whole data set.
    pub index: usize,
    /// 8 rows of 8 grey values, 0 (white) to 16.
    pub pixels: [u8; PIXELS],
    /// The digit, 0 to 9.
    pub label: u8,
}

/// A line of a digits file that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "digits file, line {line}: {problem}; a line is a label 0..9 and 64 pixels 0..16, separated by commas"
)]
pub struct DataError {
    /// Line, from 1.
    pub line: usize,
    /// What is wrong.
    pub problem: String,
}

/// Reads a digits file: one image a line, label first.
///
/// # Errors
/// [`DataError`] names the first line that is wrong.
pub fn parse(text: &str) -> Result<Vec<Digit>, DataError> {
    text.lines()
        .enumerate()
        .map(|(index, line)| {
            parse_line(index, line).map_err(|problem| DataError {
                line: index + 1,
                problem,
            })
        })
        .collect()
}

fn parse_line(index: usize, line: &str) -> Result<Digit, String> {
    let values = line
        .split(',')
        .map(|field| {
            field
                .trim()
                .parse::<u8>()
                .map_err(|_| format!("`{field}` is not a number"))
        })
        .collect::<Result<Vec<u8>, String>>()?;
    let Some((&label, pixels)) = values.split_first() else {
        return Err("no label".to_owned());
    };
    let pixels: [u8; PIXELS] = pixels
        .try_into()
        .map_err(|_| format!("{} pixels instead of {PIXELS}", pixels.len()))?;
    if label >= CLASSES {
        return Err(format!("label {label} is not a digit"));
    }
    match pixels.iter().find(|pixel| **pixel > MAX_PIXEL) {
        Some(pixel) => Err(format!("pixel value {pixel} exceeds {MAX_PIXEL}")),
        None => Ok(Digit {
            index,
            pixels,
            label,
        }),
    }
}

/// The images of one part, in the order of the file.
///
/// # Panics
/// Never: a test parses the embedded file.
pub fn digits(split: Split) -> &'static [Digit] {
    static PARTS: LazyLock<[Vec<Digit>; 2]> = LazyLock::new(|| {
        let all =
            parse(include_str!("../../data/digits/digits.csv")).expect("the shipped file is valid");
        let (held_out, train) = all.into_iter().partition(|digit| digit.index % 5 == 4);
        [train, held_out]
    });
    match split {
        Split::Train => &PARTS[0],
        Split::HeldOut => &PARTS[1],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_have_the_documented_sizes_and_every_class() {
        assert_eq!(digits(Split::Train).len(), 1438);
        assert_eq!(digits(Split::HeldOut).len(), 359);
        for split in [Split::Train, Split::HeldOut] {
            for label in 0..CLASSES {
                assert!(digits(split).iter().any(|digit| digit.label == label));
            }
        }
        assert!(
            digits(Split::Train)
                .iter()
                .all(|digit| digit.index % 5 != 4)
        );
    }

    #[test]
    fn first_held_out_image_is_the_fifth_of_scikit_learn() {
        let digit = &digits(Split::HeldOut)[0];
        assert_eq!((digit.index, digit.label), (4, 4));
        assert_eq!(digit.pixels[..8], [0, 0, 0, 1, 11, 0, 0, 0]);
    }

    #[test]
    fn damaged_lines_are_named() {
        let good = format!("3{}\n", ",7".repeat(64));
        assert_eq!(parse(&good).unwrap()[0].pixels, [7; 64]);
        for (bad, what) in [
            (format!("3{}", ",7".repeat(63)), "63 pixels"),
            (format!("3{}", ",7".repeat(65)), "65 pixels"),
            (format!("10{}", ",7".repeat(64)), "label 10"),
            (format!("3{},17", ",7".repeat(63)), "pixel value 17"),
            (format!("x{}", ",7".repeat(64)), "`x`"),
            (String::new(), "``"),
        ] {
            let error = parse(&format!("{good}{bad}\n")).unwrap_err();
            assert_eq!(error.line, 2);
            assert!(error.problem.contains(what), "{error}");
        }
    }
}
