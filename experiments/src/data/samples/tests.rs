use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use tempfile::TempDir;
use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, ZipWriter};

use super::*;

/// A folder of files.
struct Files(TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, content).expect("writable");
        path
    }
}

fn load(path: &Path) -> Result<Samples, SampleError> {
    SampleFile::all(path).load(&LabelColumn::Automatic)
}

fn load_csv(text: &str, column: &LabelColumn) -> Result<Samples, SampleError> {
    csv::parse(Path::new("file.csv"), text.as_bytes(), column)
}

fn idx(kind: u8, shape: &[u32], data: &[u8]) -> Vec<u8> {
    let mut content = vec![0, 0, kind, shape.len() as u8];
    content.extend(shape.iter().flat_map(|axis| axis.to_be_bytes()));
    content.extend(data);
    content
}

fn npy(descr: &str, fortran: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let header =
        format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}\n");
    let mut content = b"\x93NUMPY\x01\x00".to_vec();
    content.extend((header.len() as u16).to_le_bytes());
    content.extend(header.bytes());
    content.extend(data);
    content
}

fn npz(method: CompressionMethod, members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in members {
        let options = SimpleFileOptions::default().compression_method(method);
        archive.start_file(*name, options).expect("a new member");
        archive.write_all(content).expect("memory");
    }
    archive.finish().expect("complete").into_inner()
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).expect("memory");
    encoder.finish().expect("complete")
}

fn f32s(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

#[test]
fn idx_with_labels_of_the_usual_name_plain_and_compressed() {
    let files = Files::new();
    let images = idx(8, &[2, 1, 3], &[1, 2, 3, 253, 254, 255]);
    let labels = idx(8, &[2], &[7, 0]);
    let plain = files.write("t10k-images-idx3-ubyte", &images);
    let packed = files.write("train-images-idx3-ubyte.gz", gzip(&images));
    files.write("t10k-labels-idx1-ubyte.gz", gzip(&labels));
    files.write("train-labels-idx1-ubyte.gz", gzip(&labels));
    let want = Samples {
        rows: vec![vec![1.0, 2.0, 3.0], vec![253.0, 254.0, 255.0]],
        shape: vec![1, 3],
        labels: Some(vec![7.0, 0.0]),
    };
    assert_eq!(load(&plain).unwrap(), want);
    assert_eq!(load(&packed).unwrap(), want);
    assert_eq!(want.classes(), Some(Ok(vec![7, 0])));
    let unnamed = files.write("other.idx", &images);
    assert_eq!(load(&unnamed).unwrap().labels, None);
    let text = format!(
        "{},{}:1..2",
        unnamed.display(),
        files.write("l", &labels).display()
    );
    let named = SampleFile::parse(&text);
    assert_eq!(named.to_string(), text);
    let part = named.load(&LabelColumn::Automatic).unwrap();
    assert_eq!(
        (&part.rows, &part.labels),
        (&vec![want.rows[1].clone()], &Some(vec![0.0]))
    );
    assert_eq!(named.load(&LabelColumn::None).unwrap().labels, None);
}

#[test]
fn idx_of_every_type_by_hand() {
    for (kind, data, want) in [
        (0x09, vec![0xff, 1], vec![-1.0, 1.0]),
        (0x0b, vec![0xff, 0xfe, 1, 0], vec![-2.0, 256.0]),
        (
            0x0c,
            vec![0xff, 0xff, 0xff, 0xff, 0, 1, 0, 0],
            vec![-1.0, 65536.0],
        ),
        (
            0x0d,
            [1.5f32, -2.0]
                .iter()
                .flat_map(|v| v.to_be_bytes())
                .collect(),
            vec![1.5, -2.0],
        ),
        (
            0x0e,
            [1e300f64, 0.1]
                .iter()
                .flat_map(|v| v.to_be_bytes())
                .collect(),
            vec![1e300, 0.1],
        ),
    ] {
        assert_eq!(
            super::idx::parse(&idx(kind, &[1, 2], &data))
                .unwrap()
                .values,
            want
        );
    }
}

#[test]
fn npz_of_both_compressions_and_orders() {
    let files = Files::new();
    let rows = npy(
        "<f4",
        "False",
        "(2, 3)",
        &f32s(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
    );
    let columns = npy(
        "<f4",
        "True",
        "(2, 3)",
        &f32s(&[1.0, 4.0, 2.0, 5.0, 3.0, 6.0]),
    );
    let labels: Vec<u8> = [3i64, 1].iter().flat_map(|v| v.to_le_bytes()).collect();
    let labels = npy("<i8", "False", "(2,)", &labels);
    for (name, rows) in [
        ("x.npy", &rows),
        ("Data.npy", &columns),
        ("arr_0.npy", &rows),
    ] {
        for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
            let content = npz(method, &[(name, rows), ("y.npy", &labels)]);
            let samples = load(&files.write("s.npz", content)).unwrap();
            assert_eq!(samples.rows, [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
            assert_eq!(samples.labels, Some(vec![3.0, 1.0]));
        }
    }
    let only = npz(CompressionMethod::Stored, &[("whatever.npy", &rows)]);
    assert_eq!(load(&files.write("one.npz", only)).unwrap().rows.len(), 2);
}

#[test]
fn npy_of_every_type_by_hand() {
    for (descr, data, want) in [
        ("|u1", vec![200], 200.0),
        ("|b1", vec![1], 1.0),
        ("|i1", vec![0xfe], -2.0),
        ("<i2", vec![0xfe, 0xff], -2.0),
        (">u2", vec![1, 2], 258.0),
        ("<i4", vec![0xff; 4], -1.0),
        ("<u4", vec![0xff; 4], 4_294_967_295.0),
        (">i8", vec![0, 0, 0, 0, 0, 0, 1, 0], 256.0),
        ("<f8", 0.1f64.to_le_bytes().to_vec(), 0.1),
        (">f4", 0.5f32.to_be_bytes().to_vec(), 0.5),
    ] {
        let array = super::npy::parse(&npy(descr, "False", "(1, 1)", &data)).unwrap();
        assert_eq!(
            (array.shape, array.values),
            (vec![1, 1], vec![want]),
            "{descr}"
        );
    }
}

#[test]
fn csv_finds_header_and_labels() {
    let auto = LabelColumn::Automatic;
    let plain = load_csv("1, 2,3\n\n-4,5.5,6e0\r\n", &auto).unwrap();
    assert_eq!(plain.rows, [[1.0, 2.0, 3.0], [-4.0, 5.5, 6.0]]);
    assert_eq!((plain.shape, plain.labels), (vec![3], None));
    let headed = "\u{feff}\"a, b\",Target,c\n1,0,2\n\"3\",1,4\n";
    let samples = load_csv(headed, &auto).unwrap();
    assert_eq!(samples.rows, [[1.0, 2.0], [3.0, 4.0]]);
    assert_eq!(samples.labels, Some(vec![0.0, 1.0]));
    for (column, labels) in [
        (LabelColumn::First, Some(vec![1.0, 3.0])),
        (LabelColumn::Last, Some(vec![2.0, 4.0])),
        (LabelColumn::Name("a, b".to_owned()), Some(vec![1.0, 3.0])),
        (LabelColumn::None, None),
    ] {
        assert_eq!(load_csv(headed, &column).unwrap().labels, labels);
    }
}

#[test]
fn csv_refusals_name_line_and_remedy() {
    let name = LabelColumn::Name("z".to_owned());
    let auto = LabelColumn::Automatic;
    for (text, column, parts) in [
        ("", &auto, ["no image", "at least one"]),
        ("a,b\n", &auto, ["no image", "at least one"]),
        ("1,2\n\n1,2,3\n", &auto, ["line 3", "3 values instead of 2"]),
        ("a,b\n1,2\n1,x\n", &auto, ["line 3", "`x` in column 2"]),
        ("1,,2\n", &auto, ["line 1", "column 2"]),
        ("1,nan\n", &auto, ["line 1", "`nan`"]),
        ("1,1e999\n", &auto, ["line 1", "`1e999`"]),
        (",a\n0,1\n", &auto, ["line 1", "index=False"]),
        ("label\n1\n", &auto, ["all values are labels", "features"]),
        ("1,2\n", &name, ["no header", "`z`"]),
        ("a,b\n1,2\n", &name, ["columns: a, b", "--label-column"]),
    ] {
        let error = load_csv(text, column).unwrap_err().to_string();
        assert!(error.starts_with("file.csv"), "{error}");
        for part in parts {
            assert!(error.contains(part), "{text:?}: {error}");
        }
    }
}

#[test]
fn refusals_name_file_and_remedy() {
    let files = Files::new();
    let one = npy("<f4", "False", "(1, 1)", &f32s(&[1.0]));
    let stored = |members: &[(&str, &[u8])]| npz(CompressionMethod::Stored, members);
    for (content, part) in [
        (
            idx(8, &[2, 2], &[1, 2, 3]),
            "asks for 4 bytes of data, there are 3",
        ),
        (idx(8, &[u32::MAX, u32::MAX], &[]), "at most"),
        (idx(8, &[3], &[1, 2, 3]), "reshape"),
        (idx(8, &[0, 3], &[]), "at least one"),
        (idx(0x0a, &[1, 1], &[1]), "float32"),
        (vec![0, 0, 8, 3, 0, 0], "cut off"),
        (vec![0, 0, 0, 0], "numpy.savez"),
        (vec![0xff, 0xfe, 0x41], "numpy.savez"),
        (npy("<f2", "False", "(1, 1)", &[0, 0]), "astype"),
        (npy("|O", "False", "(1, 1)", &[]), "astype"),
        (
            npy("<f4", "Maybe", "(1, 1)", &f32s(&[1.0])),
            "fortran_order",
        ),
        (npy("<f4", "False", "(99999999999999999999,)", &[]), "shape"),
        (
            npy("<f4", "False", "(4294967296, 4294967296, 2)", &[]),
            "at most",
        ),
        (
            npy("<f4", "False", "(1, 2)", &f32s(&[1.0, f32::NAN])),
            "value 1 of sample 0",
        ),
        (one[..one.len() - 2].to_vec(), "damaged"),
        (one[..30].to_vec(), "cut off"),
        (b"PK\x03\x04nothing".to_vec(), "archive"),
        (stored(&[]), "found: none"),
        (stored(&[("a.npy", &one), ("b.npy", &one)]), "found: a, b"),
        (stored(&[("x.npy", &one), ("X.npy", &one)]), "X, x"),
        (stored(&[("x.npy", b"text")]), "array `x`"),
        (
            stored(&[("x.npy", &one), ("y.npy", &one[..40])]),
            "array `y`",
        ),
        (gzip(b"1,2\n")[..15].to_vec(), "decompressed"),
    ] {
        let path = files.write("file", &content);
        let error = load(&path).unwrap_err().to_string();
        let name = path.display().to_string();
        assert!(
            error.starts_with(&name) && error.contains(part),
            "{part}: {error}"
        );
    }
    let missing = load(&files.0.path().join("missing")).unwrap_err();
    assert!(
        matches!(missing.problem, Problem::Unreadable(_)),
        "{missing}"
    );
}

#[test]
fn labels_must_fit_the_samples() {
    let files = Files::new();
    let images = files.write("images", idx(8, &[2, 1, 1], &[1, 2]));
    for (labels, part) in [
        (idx(8, &[3], &[1, 2, 3]), "3 labels for 2 samples"),
        (idx(8, &[2, 2], &[1, 0, 0, 1]), "argmax"),
        (b"1\n2\n".to_vec(), "another format"),
    ] {
        files.write("labels", labels);
        let error = load(&images).unwrap_err().to_string();
        assert!(error.contains("labels") && error.contains(part), "{error}");
    }
    let error = SampleFile::all(&images)
        .load(&LabelColumn::First)
        .unwrap_err();
    assert!(matches!(error.problem, Problem::ColumnOfArray));
    let csv = files.write("a.csv", "1,2\n3,4\n");
    for (text, part) in [
        (format!("{},labels", csv.display()), "--label-column"),
        (
            format!("{}:1..3", csv.display()),
            "1..3 is not within its 2 samples",
        ),
        (format!("{}:1..1", csv.display()), "1..1"),
        (format!("{}:2..1", csv.display()), "2..1"),
    ] {
        let error = SampleFile::parse(&text)
            .load(&LabelColumn::None)
            .unwrap_err();
        assert!(error.to_string().contains(part), "{error}");
    }
    let mut samples = load(&csv).unwrap();
    samples.labels = Some(vec![1.0, 0.5]);
    assert_eq!(samples.classes(), Some(Err((1, 0.5))));
}

/// Every valid content, to be damaged.
fn contents() -> Vec<Vec<u8>> {
    let array = npy("<f4", "True", "(2, 2)", &f32s(&[1.0, 2.0, 3.0, 4.0]));
    let labels = npy("|u1", "False", "(2,)", &[1, 0]);
    let members: [(&str, &[u8]); 2] = [("x.npy", &array), ("y.npy", &labels)];
    vec![
        idx(8, &[2, 1, 2], &[1, 2, 3, 4]),
        b"a,label\n1,2\n3,4\n".to_vec(),
        npz(CompressionMethod::Stored, &members),
        npz(CompressionMethod::Deflated, &members),
        gzip(&idx(8, &[2, 1, 2], &[1, 2, 3, 4])),
        array,
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever happens to a file: samples that keep their promises, or an error that names the file.
    #[test]
    fn damaged_files_are_refused_or_read_consistently(
        which in 0usize..6,
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut content = contents().swap_remove(which);
        for (position, value) in edits {
            let position = position.index(content.len());
            content[position] = value;
        }
        if let Some(cut) = cut {
            content.truncate(cut.index(content.len()));
        }
        let files = Files::new();
        let path = files.write("file", &content);
        match load(&path) {
            Ok(samples) => {
                let features: usize = samples.shape.iter().product();
                prop_assert!(!samples.rows.is_empty() && features > 0);
                prop_assert!(samples.rows.iter().all(|row| row.len() == features));
                prop_assert!(samples.rows.iter().flatten().all(|x| x.is_finite()));
                let labels = samples.labels.as_ref();
                prop_assert!(labels.is_none_or(|labels| labels.len() == samples.rows.len()));
            }
            Err(error) => prop_assert!(error.to_string().starts_with(&path.display().to_string())),
        }
    }

    /// Whatever the bytes.
    #[test]
    fn random_bytes_after_a_known_beginning(
        which in 0usize..5,
        rest in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let start: [&[u8]; 5] =
            [&[0, 0, 8, 1], b"\x93NUMPY\x01\x00", b"PK\x03\x04", &[0x1f, 0x8b, 8, 0], b"1,2\n"];
        let files = Files::new();
        let path = files.write("file", [start[which], &rest].concat());
        if let Err(error) = load(&path) {
            prop_assert!(error.file == path);
        }
    }
}
