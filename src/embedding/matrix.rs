//! The arithmetic of the encoder, on plain slices: rows of tokens, end to end.
//!
//! Each function compiles once per instruction set (AVX2, AVX-512, NEON, plain) and `pulp` picks one at run time.
//! Loops are laid out so that the compiler vectorises them; no call ever uses a second thread.

use pulp::{Arch, Simd, WithSimd};

use super::gguf::{BLOCK, Tensor};

/// Outputs that are computed together: one AVX-512 register, two of AVX2.
const PANEL: usize = 16;

/// A linear layer. The weights stay 8-bit blocks, a quarter of what floats take: a large layer is bound by the memory
/// that its weights come through, and four-bit weights fit in exactly.
#[derive(Debug)]
pub(super) struct Linear {
    inputs: usize,
    outputs: usize,
    /// Weights by panel, then input, then output of the panel.
    quants: Vec<i8>,
    /// Scales by panel, then block of inputs, then output of the panel.
    scales: Vec<f32>,
    bias: Vec<f32>,
}

impl Linear {
    /// Rearranges a tensor with a row per output, or says what is wrong with it.
    pub(super) fn new(weights: &Tensor, bias: Vec<f32>) -> Result<Self, String> {
        let (inputs, outputs) = (weights.columns, weights.rows);
        if outputs % PANEL != 0 {
            return Err(format!("has {outputs} rows; they must be a multiple of {PANEL}"));
        }
        let mut quants = vec![0; inputs * outputs];
        let mut scales = vec![0.0; inputs / BLOCK * outputs];
        for output in 0..outputs {
            let (panel, lane) = (output / PANEL, output % PANEL);
            let blocks = weights.row(output).chunks_exact(weights.kind.block_bytes());
            for (block, bytes) in blocks.enumerate() {
                let (weights, scale) = weights.kind.decode_block(bytes);
                let place = panel * (inputs / BLOCK) + block;
                scales[place * PANEL + lane] = scale;
                for (input, weight) in weights.into_iter().enumerate() {
                    quants[(place * BLOCK + input) * PANEL + lane] = weight;
                }
            }
        }
        if scales.iter().any(|scale| !scale.is_finite()) {
            return Err("holds a weight that is not a number".into());
        }
        Ok(Self { inputs, outputs, quants, scales, bias })
    }

    /// Applies the layer to each row of `x`.
    pub(super) fn forward(&self, x: &[f32]) -> Vec<f32> {
        let mut y = vec![0.0; x.len() / self.inputs * self.outputs];
        Arch::new().dispatch(Product { layer: self, x, y: &mut y });
        y
    }
}

struct Product<'a> {
    layer: &'a Linear,
    x: &'a [f32],
    y: &'a mut [f32],
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match S::F32_LANES {
            16 => self.with_vectors::<S, 1>(simd, 6),
            8 => self.with_vectors::<S, 2>(simd, 6),
            4 => self.with_vectors::<S, 4>(simd, 6),
            _ => self.with_vectors::<S, PANEL>(simd, 1),
        }
    }
}

impl Product<'_> {
    /// Computes with `VECTORS` to a panel and at most `most_rows` rows at a time: what the registers hold.
    #[inline(always)]
    fn with_vectors<S: Simd, const VECTORS: usize>(self, simd: S, most_rows: usize) {
        let n_rows = self.x.len() / self.layer.inputs;
        // Evenly: 13 rows are 7 and 6, because a lone row would wait for each of its sums.
        let rows = n_rows.div_ceil(n_rows.div_ceil(most_rows).max(1));
        macro_rules! with_rows {
            ($($rows:literal)*) => {
                match rows {
                    $($rows => self.compute::<S, VECTORS, $rows>(simd),)*
                    _ => {}
                }
            };
        }
        with_rows!(1 2 3 4 5 6);
    }

    #[inline(always)]
    fn compute<S: Simd, const VECTORS: usize, const ROWS: usize>(self, simd: S) {
        let Self { layer, x, y } = self;
        let Linear { inputs, outputs, .. } = *layer;
        let n_rows = x.len() / inputs;
        // Groups of rows, in each the rows' numbers side by side; the last group is filled up with zeros.
        let mut grouped = vec![[0.0; ROWS]; n_rows.div_ceil(ROWS) * inputs];
        for (row, x) in x.chunks_exact(inputs).enumerate() {
            let group = &mut grouped[row / ROWS * inputs..][..inputs];
            group.iter_mut().zip(x).for_each(|(group, x)| group[row % ROWS] = *x);
        }
        let mut panel = vec![[0.0; PANEL]; inputs];
        let quants = layer.quants.as_chunks::<PANEL>().0.chunks_exact(inputs);
        let scales = layer.scales.as_chunks::<PANEL>().0.chunks_exact(inputs / BLOCK);
        for (first, (quants, scales)) in (0..outputs).step_by(PANEL).zip(quants.zip(scales)) {
            let blocks = panel.chunks_exact_mut(BLOCK).zip(quants.chunks_exact(BLOCK));
            for ((panel, quants), scales) in blocks.zip(scales) {
                for (weights, quants) in panel.iter_mut().zip(quants) {
                    for lane in 0..PANEL {
                        weights[lane] = f32::from(quants[lane]) * scales[lane];
                    }
                }
            }
            let weights = S::as_simd_f32s(panel.as_flattened()).0.as_chunks::<VECTORS>().0;
            let mut bias = [simd.splat_f32s(0.0); VECTORS];
            bias.copy_from_slice(S::as_simd_f32s(&layer.bias[first..][..PANEL]).0);
            for (group, x) in grouped.chunks_exact(inputs).enumerate() {
                let mut sums = [bias; ROWS];
                for (weights, x) in weights.iter().zip(x) {
                    for row in 0..ROWS {
                        let x = simd.splat_f32s(x[row]);
                        for vector in 0..VECTORS {
                            sums[row][vector] = simd.mul_add_e_f32s(x, weights[vector], sums[row][vector]);
                        }
                    }
                }
                for (sums, y) in sums.iter().zip(y.chunks_exact_mut(outputs).skip(group * ROWS)) {
                    S::as_mut_simd_f32s(&mut y[first..][..PANEL]).0.copy_from_slice(sums);
                }
            }
        }
    }
}

/// Centres each row, scales it to unit variance, then by `weight`, and adds `bias`.
pub(super) fn layer_norm(x: &mut [f32], weight: &[f32], bias: &[f32], epsilon: f32) {
    vectorised(
        #[inline(always)]
        || {
            for row in x.chunks_exact_mut(weight.len()) {
                let mean = sum_of(row, |x| x) / weight.len() as f32;
                let variance = sum_of(row, |x| (x - mean) * (x - mean)) / weight.len() as f32;
                let factor = (variance + epsilon).sqrt().recip();
                for ((x, weight), bias) in row.iter_mut().zip(weight).zip(bias) {
                    *x = (*x - mean) * factor * weight + bias;
                }
            }
        },
    );
}

/// Adds `y` to `x`, number by number.
pub(super) fn add(x: &mut [f32], y: &[f32]) {
    x.iter_mut().zip(y).for_each(|(x, y)| *x += y);
}

/// Applies the Gaussian error linear unit, `x Φ(x)`, to each number.
pub(super) fn gelu(x: &mut [f32]) {
    vectorised(
        #[inline(always)]
        || x.iter_mut().for_each(|x| *x = 0.5 * *x * (1.0 + erf(*x * std::f32::consts::FRAC_1_SQRT_2))),
    );
}

/// Lets each token look at all tokens: scaled dot-product attention with several heads.
///
/// `q`, `k`, `v` and the result have a row of `width` numbers per token, each row the heads' parts side by side.
pub(super) fn attention(q: &[f32], k: &[f32], v: &[f32], width: usize, n_heads: usize) -> Vec<f32> {
    let mut mixed = vec![0.0; q.len()];
    let n_tokens = q.len() / width;
    let size = width / n_heads;
    let scale = (size as f32).sqrt().recip();
    let mut keys = vec![0.0; size * n_tokens];
    let mut weights = vec![0.0; n_tokens];
    vectorised(
        #[inline(always)]
        || {
            for head in (0..width).step_by(size) {
                // Keys lie token by token for each of the head's numbers, so that a vector holds several tokens.
                for (token, row) in k.chunks_exact(width).enumerate() {
                    for (number, key) in row[head..][..size].iter().enumerate() {
                        keys[number * n_tokens + token] = key * scale;
                    }
                }
                for (query, mixed) in q.chunks_exact(width).zip(mixed.chunks_exact_mut(width)) {
                    weights.fill(0.0);
                    for (query, keys) in query[head..][..size].iter().zip(keys.chunks_exact(n_tokens)) {
                        weights.iter_mut().zip(keys).for_each(|(weight, key)| *weight += query * key);
                    }
                    softmax(&mut weights);
                    let mixed = &mut mixed[head..][..size];
                    for (weight, values) in weights.iter().zip(v.chunks_exact(width)) {
                        let values = &values[head..][..size];
                        mixed.iter_mut().zip(values).for_each(|(mixed, value)| *mixed += weight * value);
                    }
                }
            }
        },
    );
    mixed
}

/// Compiles a loop for each instruction set and runs the best.
fn vectorised(body: impl FnOnce()) {
    Arch::new().dispatch(body);
}

/// Makes the numbers positive with a sum of 1, keeping the ratios of their exponentials.
#[inline(always)]
fn softmax(x: &mut [f32]) {
    let most = x.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    x.iter_mut().for_each(|x| *x = exp(*x - most));
    let factor = sum_of(x, |x| x).recip();
    x.iter_mut().for_each(|x| *x *= factor);
}

/// Sums over vectors of [`PANEL`] numbers, because the compiler may not reorder a sum of floats.
#[inline(always)]
fn sum_of(x: &[f32], term: impl Fn(f32) -> f32) -> f32 {
    let (vectors, rest) = x.as_chunks::<PANEL>();
    let mut sums = [0.0; PANEL];
    for vector in vectors {
        for (sum, &x) in sums.iter_mut().zip(vector) {
            *sum += term(x);
        }
    }
    sums.iter().sum::<f32>() + rest.iter().map(|&x| term(x)).sum::<f32>()
}

/// The exponential of a number that is not above 0, to 1e-7 of itself, without a branch or call.
///
/// 2 to the whole part goes into the exponent's bits; the rest is the polynomial of Cephes' `expf`
/// (<https://www.netlib.org/cephes/>).
#[inline(always)]
fn exp(x: f32) -> f32 {
    let x = x.max(-87.0);
    let whole = (x * std::f32::consts::LOG2_E).round_ties_even();
    let rest = x - whole * 0.693_359_4 + whole * 2.121_944_4e-4;
    let mut sum = 1.987_569_1e-4;
    for coefficient in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5, 1.0, 1.0] {
        sum = sum * rest + coefficient;
    }
    sum * f32::from_bits(((whole as i32 + 127) << 23) as u32)
}

/// The error function, to 3e-7, without a branch or call: the rational function of Eigen's `generic_fast_erf_float`.
#[inline(always)]
fn erf(x: f32) -> f32 {
    let x = x.clamp(-4.0, 4.0);
    let square = x * x;
    let mut above = -2.726_142_3e-10;
    for coefficient in [2.770_681_3e-8, -2.101_024e-6, -5.692_506_3e-5, -7.349_906_3e-4, -2.954_6e-3, -1.609_603_3e-2] {
        above = above * square + coefficient;
    }
    let mut below = -1.456_607_2e-5;
    for coefficient in [-2.133_740_6e-4, -1.682_827e-3, -7.373_329_2e-3, -1.426_473_9e-2] {
        below = below * square + coefficient;
    }
    x * above / below
}

#[cfg(test)]
mod tests {
    use super::super::gguf::TensorType;
    use super::*;

    fn close(found: f32, expected: f32, tolerance: f32) {
        assert!((found - expected).abs() <= tolerance, "{found} is not {expected}");
    }

    #[test]
    fn a_layer_is_the_matrix_product_for_any_number_of_rows() {
        let (inputs, outputs) = (64, 32);
        let mut state = 1u32;
        let mut random = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 23) as f32 - 1.0
        };
        let weights: Vec<f32> = (0..inputs * outputs).map(|_| random()).collect();
        let bias: Vec<f32> = (0..outputs).map(|_| random()).collect();
        let bytes = weights.iter().flat_map(|weight| weight.to_le_bytes()).collect();
        let tensor = Tensor { kind: TensorType::F32, columns: inputs, rows: outputs, bytes };
        let layer = Linear::new(&tensor, bias.clone()).unwrap();
        for rows in 0..30 {
            let x: Vec<f32> = (0..rows * inputs).map(|_| random()).collect();
            let y = layer.forward(&x);
            assert_eq!(y.len(), rows * outputs);
            for (at, y) in y.into_iter().enumerate() {
                let (row, output) = (at / outputs, at % outputs);
                let x = &x[row * inputs..][..inputs];
                let expected: f32 = x.iter().zip(&weights[output * inputs..]).map(|(x, w)| x * w).sum();
                close(y, expected + bias[output], 0.05);
            }
        }
    }

    #[test]
    fn functions_are_as_exact_as_floats_allow() {
        close(erf(0.0), 0.0, 0.0);
        close(erf(0.5), 0.520_499_9, 3e-7);
        close(erf(-1.0), -0.842_700_8, 3e-7);
        close(erf(9.0), 1.0, 3e-7);
        for step in 0..870 {
            let x = step as f32 / -10.0;
            close(exp(x) / x.exp(), 1.0, 3e-7);
        }
        assert!(exp(-1e30) < 1e-37);
    }

    #[test]
    fn attention_of_equal_keys_is_the_mean_of_the_values() {
        let (width, n_tokens) = (32, 5);
        let same = vec![0.5; width * n_tokens];
        let values: Vec<f32> = (0..width * n_tokens).map(|at| (at / width) as f32).collect();
        for mixed in attention(&same, &same, &values, width, 2) {
            close(mixed, 2.0, 1e-5);
        }
    }
}
