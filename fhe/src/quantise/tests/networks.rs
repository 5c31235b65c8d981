use super::*;
use crate::import::UnaryFunction;

fn report(name: &str, quantised: &Quantised, samples: &[Vec<f32>]) {
    let metrics = quantised.metrics(samples, None).unwrap();
    println!("== {name} {} {:?} target {}", quantised.model.parameters, quantised.reliability, quantised.target_reached);
    for l in &metrics.layers {
        println!("{:20} n={} sqnr {:.1} dB max {:.4} proven {:?} seen {:?} lost {:.2} step {:.4} noise {:.2} p1 {:.3} far {:.1}", l.name, l.features, l.sqnr_db, l.max_error, l.proven, l.observed, l.lost_bits, l.index_step, l.noise_steps, l.p_off_by_one, l.log2_p_far);
    }
    println!("out sqnr {:.1} max {:.4} noise {:.4} agree {:.4} clamped {:.4} inexact {}", metrics.output_sqnr_db, metrics.output_max_error, metrics.output_noise, metrics.agreement, metrics.clamped_inputs, metrics.inexact_comparisons);
}

#[test]
fn smoke() {
    for function in [UnaryFunction::Relu, UnaryFunction::Tanh, UnaryFunction::Sigmoid, UnaryFunction::Sign] {
        let mut net = Net::new(1, &[20]);
        let a = net.affine(0, 32);
        let b = net.unary(a, function.clone());
        let c = net.affine(b, 24);
        let d = net.unary(c, function.clone());
        net.affine(d, 5);
        let samples = net.samples(300);
        let q = quantise(&net.model, &samples, &options("message_4")).unwrap();
        report(&format!("{function:?}"), &q, &samples);
    }
    let mut net = Net::new(2, &[1, 8, 8]);
    let a = net.conv(0, 4, 3, 1, 1);
    let b = net.unary(a, UnaryFunction::Relu);
    let shape = [4, 4, 4];
    let c = net.push(&[b], &shape, FloatOperation::MaxPool { kernel: [2, 2], stride: [2, 2], padding: [0; 4] });
    let d = net.conv(c, 6, 3, 1, 0);
    let e = net.unary(d, UnaryFunction::Relu);
    net.affine(e, 5);
    let samples = net.samples(300);
    let q = quantise(&net.model, &samples, &options("message_4")).unwrap();
    report("cnn", &q, &samples);
    for l in &inspect(&q.model, None).unwrap().layers { println!("{l:?}"); }

    let mut net = Net::new(3, &[1, 6, 6]);
    let a = net.conv(0, 4, 3, 1, 1);
    let b = net.unary(a, UnaryFunction::Relu);
    let c = net.conv(b, 4, 3, 1, 1);
    let d = net.unary(c, UnaryFunction::Relu);
    let e = net.conv(d, 4, 3, 1, 1);
    let f = net.push(&[e, b], &[4, 6, 6], FloatOperation::Sum);
    let g = net.unary(f, UnaryFunction::Relu);
    net.affine(g, 3);
    let samples = net.samples(300);
    let q = quantise(&net.model, &samples, &options("message_4")).unwrap();
    report("residual", &q, &samples);
    for l in &inspect(&q.model, None).unwrap().layers { println!("{l:?}"); }
}
