//! ONNX files of weights from a generator.

/// A file that holds these tensors and no graph.
pub(crate) fn network(tensors: &[(&str, &[usize])]) -> Vec<u8> {
    let mut state = 7_u64;
    let mut graph = vec![];
    for (name, dims) in tensors {
        // Small against what comes in, so that no value runs away.
        let inputs = dims.iter().skip(1).product::<usize>().max(4);
        let most = if *name == "blend.weight" { 0.1 } else { 1.0 / (inputs as f32).sqrt() };
        let count = dims.iter().product::<usize>();
        let raw: Vec<u8> = (0..count)
            .flat_map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let unit = f32::from(u16::try_from(state >> 48).unwrap()) / 32_768.0 - 1.0;
                (most * unit).to_le_bytes()
            })
            .collect();
        let mut tensor = vec![];
        for dim in *dims {
            number(&mut tensor, 1, *dim);
        }
        number(&mut tensor, 2, 1);
        bytes(&mut tensor, 8, name.as_bytes());
        bytes(&mut tensor, 9, &raw);
        bytes(&mut graph, 5, &tensor);
    }
    let mut model = vec![];
    bytes(&mut model, 7, &graph);
    model
}

/// One that takes what a history gives.
pub(crate) fn history_network(width: usize, decoder: usize) -> Vec<u8> {
    let (past, context, bases, hours) = (4, 29, 11, 16);
    let state = width + context;
    let mut tensors: Vec<(String, Vec<usize>)> = vec![];
    let mut add = |name: String, weights: Vec<usize>, has_bias: bool| {
        if has_bias {
            tensors.push((format!("{name}.bias"), vec![weights[0]]));
        }
        tensors.push((format!("{name}.weight"), weights));
    };
    for block in 0..3 {
        let inputs = if block == 0 { past } else { width };
        add(format!("block{block}.first"), vec![width, inputs, 3], true);
        add(format!("block{block}.second"), vec![width, width, 3], true);
        if block == 0 {
            add("block0.skip".to_owned(), vec![width, inputs, 1], true);
        }
    }
    for (name, outputs, has_bias) in [
        ("head", 96, true),
        ("gate", 4 * bases, false),
        ("spread", 8, true),
        ("modulate", decoder, true),
        ("shift", decoder, true),
    ] {
        add(name.to_owned(), vec![outputs, state], has_bias);
    }
    add("lift".to_owned(), vec![decoder, hours], false);
    add("mix".to_owned(), vec![decoder, decoder, 3], true);
    add("out".to_owned(), vec![3, decoder], false);
    add("blend".to_owned(), vec![1, bases, 4, 24], false);
    let tensors: Vec<(&str, &[usize])> =
        tensors.iter().map(|(name, dims)| (name.as_str(), dims.as_slice())).collect();
    network(&tensors)
}

fn varint(out: &mut Vec<u8>, mut value: usize) {
    while value > 0x7F {
        out.push((value & 0x7F) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn number(out: &mut Vec<u8>, field: usize, value: usize) {
    varint(out, field << 3);
    varint(out, value);
}

fn bytes(out: &mut Vec<u8>, field: usize, value: &[u8]) {
    varint(out, field << 3 | 2);
    varint(out, value.len());
    out.extend(value);
}
