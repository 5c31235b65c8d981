use blindproof_fhe::modulus::P;
use proptest::prelude::*;

use super::super::*;

#[test]
fn rejects_a_length_beyond_what_is_left_before_reserving_memory() {
    let mut writer = Writer::default();
    writer.word(7);
    let bytes = writer.finish();
    for count in [2, 1 << 20, usize::MAX / 8, usize::MAX] {
        let problem = Reader::new(&bytes).canonical_words(count).unwrap_err();
        assert!(
            matches!(problem, Problem::PayloadTooShort { .. }),
            "{count}: {problem}"
        );
    }
}

#[test]
fn rejects_words_from_the_modulus_on() {
    let mut writer = Writer::default();
    writer.words([P - 1, P, u64::MAX]);
    let bytes = writer.finish();
    assert_eq!(Reader::new(&bytes).canonical_words(1).unwrap(), [P - 1]);
    assert!(matches!(
        Reader::new(&bytes).canonical_words(3).unwrap_err(),
        Problem::NonCanonicalWord { index: 1, value: P }
    ));
}

#[test]
fn rejects_sizes_over_their_limit() {
    let mut writer = Writer::default();
    writer.size(5);
    let bytes = writer.finish();
    assert_eq!(Reader::new(&bytes).size("length", 5).unwrap(), 5);
    assert!(matches!(
        Reader::new(&bytes).size("length", 4).unwrap_err(),
        Problem::SizeOutOfRange {
            value: 5,
            limit: 4,
            ..
        }
    ));
}

proptest! {
    #[test]
    fn reads_back_what_was_written(
        head in any::<u64>(),
        words in prop::collection::vec(0..P, 0..20),
        tail in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let mut writer = Writer::default();
        writer.word(head);
        writer.size(words.len());
        writer.words(words.iter().copied());
        writer.raw(&tail);
        let encoded = writer.finish();

        let mut reader = Reader::new(&encoded);
        prop_assert_eq!(reader.word().unwrap(), head);
        let count = reader.size("count", 20).unwrap();
        prop_assert_eq!(reader.canonical_words(count).unwrap(), words);
        prop_assert_eq!(reader.remaining(), tail.len());
        prop_assert_eq!(reader.take(tail.len()).unwrap(), &tail[..]);
        reader.finish().unwrap();
    }

    #[test]
    fn never_panics_and_never_leaves_bytes_unnoticed(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let mut reader = Reader::new(&bytes);
        let read = reader
            .size("count", 4)
            .and_then(|count| reader.canonical_words(count))
            .and_then(|words| reader.finish().map(|()| words));
        if let Ok(words) = read {
            prop_assert_eq!(bytes.len(), 8 * (1 + words.len()));
        }
    }
}
