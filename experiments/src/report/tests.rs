//! The page of a made-up run: no figure in here was measured.

use blindproof_fhe::model::Prediction as Answer;
use std::path::Path;

use blindproof_fhe::params::ParameterSet;

use super::fixture::fixture;
use super::{FILE_NAME, render, write};
use crate::result::{Parameters, ReadBy, RunResult, Verdict};

fn page(run: &RunResult) -> String {
    let page = render(Path::new("some/folder"), run).expect("the page renders");
    assert_well_formed(&page);
    page
}

/// Every SVG of the page opens and closes its elements in order and has no number that is none.
fn assert_well_formed(page: &str) {
    let mut open: Vec<&str> = Vec::new();
    let drawings = page.split("<svg").skip(1).map(|rest| {
        let end = rest.find("</svg>").expect("every drawing ends");
        &rest[..end]
    });
    for drawing in drawings {
        let body = drawing.split_once('>').expect("the tag ends").1;
        for piece in body.split('<').skip(1) {
            let (tag, text) = piece.split_once('>').expect("every tag ends");
            assert!(!text.contains('>'), "{piece}");
            assert!(!tag.contains("NaN") && !tag.contains("inf"), "{tag}");
            assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
            if let Some(name) = tag.strip_prefix('/') {
                assert_eq!(open.pop(), Some(name));
            } else if !tag.ends_with('/') {
                open.push(tag.split(' ').next().unwrap_or_default());
            }
        }
        assert!(open.is_empty(), "{open:?}");
    }
}

#[test]
fn every_figure_is_on_the_page() {
    let page = page(&fixture());
    for figure in [
        "100 % (2 of 2)",
        "50 % (1 of 2)",
        "proven (2,222 of 2,222)",
        "PARTLY proven (11 of 33)",
        "NOT proven (0 of 44)",
        "44 x blind rotation is NOT proven",
        "FIXTURE sample: 5 of 7 operations",
        "Not zero-knowledge",
        "128.8 bits",
        "FIXTURE regime",
        "FIXTURE term",
        "129.5",
        "FIXTURE theorem",
        "13.5 s CPU",
        "7.25 s",
        "24.6 s CPU",
        "12.9 s",
        "456 ms",
        "543,210 bytes",
        "1.50 GiB",
        "FIXTURE phase",
        "3.21 s elapsed, 6.12 s CPU",
        "FIXTURE layer: 2,222 × linear",
        "FIXTURE step",
        "888 ms",
        "FIXTURE processor",
        "77 logical cores",
        "5.00 GiB",
        "fixture-simd",
        "c0ffee",
        "message_4",
        "2^-131.0",
        "leads by 34.5",
        "by more than 0.5",
        "cargo run --release -- run digits --images 2",
        "verify --dir some&#x2f;folder --select linear --bits 128",
    ] {
        assert!(page.contains(figure), "{figure}");
    }
    // Three charts of times, one of coverage; a picture and a chart for each image.
    assert_eq!(page.matches("<svg").count(), 4 + 2 * 2);
    assert_eq!(page.matches("fill-opacity").count(), 2 * 3);
}

#[test]
fn it_asks_the_network_for_nothing() {
    let page = page(&fixture());
    for request in [
        "http:", "https:", "src=", "href=", "url(", "@import", "<script", "<link",
    ] {
        assert!(!page.contains(request), "{request}");
    }
}

#[test]
fn the_verdict_is_that_of_the_verifier() {
    let mut run = fixture();
    assert!(page(&run).contains("Proof verified, for a part of the computation"));
    run.verdict = Verdict::NothingProven;
    assert!(page(&run).contains("<h1>Nothing is proven</h1>"));
    run.verdict = Verdict::Rejected;
    run.rejection = Some("FIXTURE reason".into());
    let rejected = page(&run);
    assert!(rejected.contains("<h1>Proof rejected</h1>") && rejected.contains("FIXTURE reason"));
    assert!(rejected.contains("NOT proven (0 of 2,222)"));
    assert!(!rejected.contains("Proof verified") && !rejected.contains(" proven (2,222"));
    run.verdict = Verdict::Verified;
    run.coverage.truncate(1);
    assert!(page(&run).contains("<h1>Proof verified</h1>"));
}

#[test]
fn wrong_predictions_and_unsafe_runs_stand_out() {
    let mut run = fixture();
    assert!(!page(&run).contains("DIFFERENT"));
    run.predictions[1].encrypted = Answer::Class(2);
    run.predictions[1].agrees = false;
    run.seed = Some(7);
    run.parameters = Parameters::from(ParameterSet::by_name("insecure_tiny").unwrap());
    let page = page(&run);
    assert_eq!(page.matches("DIFFERENT").count(), 1);
    assert_eq!(page.matches("WRONG").count(), 1);
    assert!(page.find("Input 1:") < page.find("Input 0:"));
    assert!(page.contains("NOT secure") && page.contains("fixed seed"));
}

#[test]
fn noise_is_described_by_how_it_is_read() {
    let mut run = fixture();
    assert!(page(&run).contains("finds a wrong entry"));
    run.noise[0].read = ReadBy::RoundedTable;
    run.noise[0].off_by_one = Some(0.25);
    let rounded = page(&run);
    assert!(rounded.contains("off by more than one entry") && rounded.contains("25"));
    run.noise[0].read = ReadBy::Decryption;
    assert!(page(&run).contains("a logit is off by half a unit"));
}

#[test]
fn text_is_escaped() {
    let attack = "<script>alert('x')</script>&\"";
    let mut run = fixture();
    for field in [
        &mut run.model,
        &mut run.git_commit,
        &mut run.host.cpu,
        &mut run.selection,
        &mut run.not_proven[0],
        run.sample.as_mut().expect("the fixture has one"),
        &mut run.coverage[0].kind,
        &mut run.phases[0].name,
        &mut run.nodes[0].layer_name,
        &mut run.prove_steps[0].name,
        &mut run.soundness_terms[0].name,
        &mut run.command[2],
        &mut run.zero_knowledge_note,
    ] {
        *field = attack.into();
    }
    let page = page(&run);
    assert!(!page.contains("<script") && page.matches("&lt;script&gt;").count() >= 13);
}

#[test]
fn missing_and_impossible_figures_do_not_break_it() {
    let mut run = fixture();
    for value in [f64::NAN, f64::INFINITY, -1.0, 0.0] {
        run.accuracy_vs_clear = value;
        run.soundness_bits = Some(value);
        run.verify_seconds = value;
        run.phases[0].wall_seconds = value;
        run.phases[0].cpu_seconds = value;
        run.nodes[0].wall_seconds = value;
        run.predictions[0].logits = vec![value; 3];
        run.noise[0].log2_p_fail = value;
        page(&run);
    }
    run.predictions[0].width = Some(0);
    run.predictions[0].raw_max = 0.0;
    run.predictions[0].pixels = vec![-5.0, f64::MAX];
    run.predictions[1].pixels.clear();
    run.predictions[1].logits.clear();
    run.predictions[1].encrypted = Answer::Class(1000);
    run.coverage[0].total = 0;
    page(&run);
    run.predictions.clear();
    run.coverage.clear();
    run.phases.clear();
    run.nodes.clear();
    run.prove_steps.clear();
    run.soundness_terms.clear();
    run.not_proven.clear();
    run.sample = None;
    run.noise.clear();
    run.command.clear();
    run.images = 0;
    run.soundness_bits = None;
    run.peak_rss_bytes = None;
    run.accuracy_vs_label = None;
    let page = page(&run);
    assert!(page.contains("no inputs") && page.contains("no labels"));
    assert!(page.contains("not measured") && !page.contains("NaN"));
}

#[test]
fn many_images_are_cut_with_a_note() {
    let mut run = fixture();
    run.predictions = vec![run.predictions[0].clone(); 100];
    let page = page(&run);
    assert_eq!(page.matches("<figure").count(), 60);
    assert!(page.contains("60 of 100 inputs are shown"));
}

#[test]
fn json_has_every_name_and_comes_back() {
    let run = fixture();
    let value = serde_json::to_value(&run).unwrap();
    for name in [
        "accuracy_vs_clear",
        "images",
        "coverage",
        "soundness_bits",
        "soundness_regime",
        "soundness_terms",
        "prove_cpu_seconds",
        "prove_wall_seconds",
        "verify_seconds",
        "proof_bytes",
        "eval_cpu_seconds",
        "peak_rss_bytes",
        "parameters",
        "git_commit",
        "host",
        "verdict",
        "not_proven",
        "sample",
        "zero_knowledge",
        "selection",
        "command",
        "started_at",
        "predictions",
    ] {
        assert!(!value[name].is_null(), "{name}");
    }
    assert!(value.get("seed").is_some());
    assert_eq!(value["images"], 2);
    assert_eq!(value["coverage"][1]["total"], 33);
    assert_eq!(value["verdict"], "verified");
    assert_eq!(serde_json::from_value::<RunResult>(value).unwrap(), run);
}

#[test]
fn the_file_is_written_or_the_error_says_why() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &fixture()).unwrap();
    let text = std::fs::read_to_string(folder.path().join(FILE_NAME)).unwrap();
    assert!(text.starts_with("<!doctype html>"));
    assert!(write(&folder.path().join("missing"), &fixture()).is_err());
}
