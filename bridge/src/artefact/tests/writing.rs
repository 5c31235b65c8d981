use blindproof_fhe::evaluate::Trace;
use blindproof_fhe::keys::ClientKey;
use blindproof_fhe::seeded::SeededLwe;

use super::*;

/// Any words that make a client key: every coefficient zero.
fn client_key() -> ClientKey {
    let count = tiny().lwe_dimension.0 + tiny().big_lwe_dimension();
    ClientKey::from_words(tiny(), &vec![0; count]).expect("the length fits")
}

/// An artefact that writes more than its type allows.
struct OverLimit;

impl Artefact for OverLimit {
    const KIND: ArtefactType = ArtefactType::Proof;

    fn parameters(&self) -> Result<&'static ParameterSet, Problem> {
        Ok(tiny())
    }

    fn payload_limit(_parameters: &ParameterSet) -> u64 {
        7
    }

    fn encode(&self, payload: &mut Writer) {
        payload.word(1);
    }

    fn decode(_parameters: &'static ParameterSet, payload: &mut Reader) -> Result<Self, Problem> {
        payload.word().map(|_| Self)
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn ciphertexts_come_back_as_they_went() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("input.ct");
    let written = ciphertexts();
    let header = write(&path, &written, Existing::Keep).unwrap();
    let read: Ciphertexts<Input> = read(&path, Some(tiny())).unwrap();
    assert_eq!((read.images, &read.lwe), (written.images, &written.lwe));
    assert_eq!(inspect(&path).unwrap().hash, header.hash);
}

#[test]
fn seeded_ciphertexts_come_back_as_they_went_and_expanded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("input.ct");
    let lwe = SeededLwe::new(tiny().big_lwe_dimension(), [3; 16], vec![5, 6]).unwrap();
    let written = SeededCiphertexts::new(tiny(), 2, lwe.clone()).unwrap();
    let header = write(&path, &written, Existing::Keep).unwrap();
    assert_eq!(header.payload_length, 8 * (2 + 2) + 16);
    let back: SeededCiphertexts = read(&path, Some(tiny())).unwrap();
    assert_eq!((back.images, &back.lwe), (2, &lwe));
    let expanded = InputCiphertexts::read(&path, Some(tiny())).unwrap();
    assert_eq!(expanded.expand().unwrap().lwe, lwe.expand());

    let full = ciphertexts();
    write(&path, &full, Existing::Keep).unwrap();
    let read = InputCiphertexts::read(&path, None).unwrap();
    assert_eq!((read.images(), read.rows()), (2, 2));
    assert_eq!(read.expand().unwrap().lwe, full.lwe);
    for dimension in [0, 1, tiny().big_lwe_dimension() + 1] {
        let lwe = SeededLwe::new(dimension, [3; 16], vec![5]).unwrap();
        assert!(SeededCiphertexts::new(tiny(), 1, lwe).is_err());
    }
}

#[test]
fn traces_come_back_as_they_went() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trace");
    let wires = vec![
        Array2::from_shape_fn((2, 3), |(row, column)| (10 * row + column) as u64),
        Array2::from_elem((1, 65), 9),
    ];
    let record = TraceRecord {
        parameters: tiny(),
        trace: Trace {
            images: 1,
            wires: wires.clone(),
        },
    };
    write(&path, &record, Existing::Keep).unwrap();
    let back: TraceRecord = read(&path, None).unwrap();
    assert_eq!((back.trace.images, back.trace.wires), (1, wires));
}

#[test]
fn a_secret_key_is_not_replaced_silently() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("client.key");
    write(&path, &client_key(), Existing::Keep).unwrap();
    let before = std::fs::read(&path).unwrap();
    let problem = write(&path, &client_key(), Existing::Keep)
        .unwrap_err()
        .problem;
    assert!(matches!(problem, Problem::WouldReplaceSecret));
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert_eq!(names(folder.path()), ["client.key"]);
    write(&path, &client_key(), Existing::Replace).unwrap();
}

#[cfg(unix)]
#[test]
fn a_secret_key_is_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let path = folder.path().join("client.key");
    write(&path, &client_key(), Existing::Keep).unwrap();
    assert_eq!(mode(&path), 0o600);
    let (public, _) = small_file(folder.path());
    assert_ne!(mode(&public) & 0o044, 0, "others may read a proof");
}

#[test]
fn a_failing_write_leaves_the_old_file_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let (path, before) = small_file(folder.path());
    let too_large = write(&path, &OverLimit, Existing::Replace).unwrap_err();
    assert!(matches!(
        too_large.problem,
        Problem::TooLarge {
            length: 8,
            limit: 7
        }
    ));
    assert_eq!(std::fs::read(&path).unwrap(), before);
    // A folder stands where the file should go: the last step, the rename, fails.
    let taken = folder.path().join("taken");
    std::fs::create_dir_all(taken.join("inside")).unwrap();
    assert!(matches!(
        write(&taken, &proof(b"new"), Existing::Replace)
            .unwrap_err()
            .problem,
        Problem::Io { .. }
    ));
    assert_eq!(names(folder.path()), ["proof", "taken"]);
}

#[test]
fn a_missing_folder_is_an_io_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nowhere").join("proof");
    let error = write(&path, &proof(b"new"), Existing::Replace).unwrap_err();
    assert!(matches!(error.problem, Problem::Io { .. }));
    assert!(error.to_string().contains("nowhere"));
}

#[test]
fn files_are_replaced_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = small_file(folder.path());
    write(&path, &proof(b"longer than before"), Existing::Keep).unwrap();
    let read: ProofBytes = read(&path, None).unwrap();
    assert_eq!(read, proof(b"longer than before"));
    assert_eq!(names(folder.path()), ["proof"]);
}
