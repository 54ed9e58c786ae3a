//! GGUF, the one-file form of models in the GGML world: metadata, then tensors.
//!
//! Only what an embedding model needs, after <https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>. The file is
//! read piece by piece, so that no more of it is in memory than its reader keeps, and a length that it claims is
//! believed only after it was compared with the size of the file.

use std::{
    collections::HashMap,
    fs::File,
    io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write},
    path::Path,
};

/// Weights per block of the quantised types.
pub(super) const BLOCK: usize = 32;

const MAGIC: &[u8; 4] = b"GGUF";
const VERSION: u32 = 3;
const ALIGNMENT: u64 = 32;

/// What can be wrong with a file, apart from what is in it.
#[derive(Debug, thiserror::Error)]
pub enum GgufError {
    /// The operating system could not read it.
    #[error(transparent)]
    Io(io::Error),
    /// It does not begin as a GGUF file does.
    #[error("it is not a GGUF file")]
    NotGguf,
    /// It is shorter than it says.
    #[error("it ends too early")]
    Truncated,
    /// Something in it is wrong, missing or of a kind that is not supported.
    #[error("{0}")]
    Malformed(String),
}

impl From<io::Error> for GgufError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Truncated,
            _ => Self::Io(error),
        }
    }
}

/// A value of the metadata. Numbers are widened; every number type of the format fits.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// Yes or no.
    Bool(bool),
    /// Any integer; one beyond the range is the nearest within it.
    Integer(i64),
    /// Any floating-point number.
    Float(f64),
    /// A string.
    Text(String),
    /// An array of integers or booleans.
    Integers(Vec<i32>),
    /// An array of floating-point numbers.
    Floats(Vec<f32>),
    /// An array of strings.
    Texts(Texts),
}

/// Many short strings, end to end, because a vocabulary has a quarter of a million of them.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Texts {
    bytes: String,
    ends: Vec<u32>,
}

impl Texts {
    /// Adds a string at the end.
    pub(super) fn push(&mut self, text: &str) {
        self.bytes.push_str(text);
        self.ends.push(u32::try_from(self.bytes.len()).expect("a vocabulary is far below 4 GiB"));
    }

    /// Returns the string at `index`, counted from 0.
    pub(super) fn get(&self, index: usize) -> &str {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.bytes[start as usize..self.ends[index] as usize]
    }

    /// Returns how many there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }
}

impl<'a> FromIterator<&'a str> for Texts {
    fn from_iter<I: IntoIterator<Item = &'a str>>(texts: I) -> Self {
        let mut all = Self::default();
        texts.into_iter().for_each(|text| all.push(text));
        all
    }
}

/// How the numbers of a tensor are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TensorType {
    /// 32-bit floats.
    F32,
    /// 16-bit floats.
    F16,
    /// Blocks of 32 four-bit weights and a 16-bit scale.
    Q4_0,
    /// Blocks of 32 eight-bit weights and a 16-bit scale.
    Q8_0,
}

impl TensorType {
    const ALL: [(Self, u32); 4] = [(Self::F32, 0), (Self::F16, 1), (Self::Q4_0, 2), (Self::Q8_0, 8)];

    fn from_code(code: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|&(_, known)| known == code).map(|(kind, _)| kind)
    }

    fn code(self) -> u32 {
        Self::ALL.into_iter().find(|&(kind, _)| kind == self).map_or(0, |(_, code)| code)
    }

    /// Returns the bytes that [`BLOCK`] weights take.
    pub(super) fn block_bytes(self) -> usize {
        match self {
            Self::F32 => 4 * BLOCK,
            Self::F16 => 2 * BLOCK,
            Self::Q4_0 => 2 + BLOCK / 2,
            Self::Q8_0 => 2 + BLOCK,
        }
    }

    /// Turns the bytes of whole blocks into numbers.
    pub(super) fn decode(self, bytes: &[u8]) -> Vec<f32> {
        let mut numbers = Vec::with_capacity(bytes.len() / self.block_bytes() * BLOCK);
        match self {
            Self::F32 => numbers.extend(bytes.as_chunks().0.iter().map(|&b| f32::from_le_bytes(b))),
            Self::F16 => numbers.extend(bytes.as_chunks().0.iter().map(|&b| half_to_float(b))),
            Self::Q4_0 | Self::Q8_0 => {
                for block in bytes.chunks_exact(self.block_bytes()) {
                    let (quants, scale) = self.decode_block(block);
                    numbers.extend(quants.map(|quant| f32::from(quant) * scale));
                }
            }
        }
        numbers
    }

    /// Turns the bytes of one block into 8-bit weights and the scale that they share.
    ///
    /// That is exactly what the quantised types hold; floats are rounded to it, as the type `Q8_0` would.
    pub(super) fn decode_block(self, bytes: &[u8]) -> ([i8; BLOCK], f32) {
        let mut quants = [0; BLOCK];
        match self {
            Self::F32 | Self::F16 => {
                let floats = self.decode(bytes);
                let scale = floats.iter().fold(0.0, |most: f32, x| most.max(x.abs())) / 127.0;
                let inverse = if scale > 0.0 { scale.recip() } else { 0.0 };
                for (quant, float) in quants.iter_mut().zip(floats) {
                    *quant = (float * inverse).round() as i8;
                }
                (quants, scale)
            }
            Self::Q4_0 => {
                let (low, high) = quants.split_at_mut(BLOCK / 2);
                for ((low, high), byte) in low.iter_mut().zip(high).zip(&bytes[2..]) {
                    *low = (byte & 0xf) as i8 - 8;
                    *high = (byte >> 4) as i8 - 8;
                }
                (quants, half_to_float([bytes[0], bytes[1]]))
            }
            Self::Q8_0 => {
                for (quant, byte) in quants.iter_mut().zip(&bytes[2..]) {
                    *quant = *byte as i8;
                }
                (quants, half_to_float([bytes[0], bytes[1]]))
            }
        }
    }
}

/// Widens a 16-bit float; the exponent's bias is moved by a multiplication, which is exact for subnormals too.
/// Infinities become large numbers; a model has none.
fn half_to_float(bytes: [u8; 2]) -> f32 {
    let bits = u32::from(u16::from_le_bytes(bytes));
    let magnitude = f32::from_bits((bits & 0x7fff) << 13) * f32::from_bits((127 + 112) << 23);
    if bits & 0x8000 == 0 { magnitude } else { -magnitude }
}

/// A tensor in memory, still in the form of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tensor {
    /// How its numbers are stored.
    pub(super) kind: TensorType,
    /// Numbers per row; whole blocks.
    pub(super) columns: usize,
    /// How many rows there are; 1 for a vector.
    pub(super) rows: usize,
    /// The rows, end to end.
    pub(super) bytes: Vec<u8>,
}

impl Tensor {
    /// Returns the bytes of one row.
    pub(super) fn row(&self, row: usize) -> &[u8] {
        let length = self.columns / BLOCK * self.kind.block_bytes();
        &self.bytes[row * length..][..length]
    }
}

/// An open file whose metadata was read and whose tensors are read as they are asked for.
#[derive(Debug)]
pub(super) struct Reader {
    file: BufReader<File>,
    size: u64,
    position: u64,
    metadata: HashMap<String, Value>,
    tensors: HashMap<String, Placement>,
    data: u64,
    /// Of all that was read, in the order in which it was.
    checksum: crc32fast::Hasher,
}

#[derive(Debug)]
struct Placement {
    code: u32,
    shape: Vec<u64>,
    offset: u64,
}

impl Reader {
    /// Opens a file and reads all but its tensors.
    pub(super) fn open(path: &Path) -> Result<Self, GgufError> {
        let file = crate::files::open(path)?;
        let size = file.metadata()?.len();
        let mut reader = Self {
            file: BufReader::new(file),
            size,
            position: 0,
            metadata: HashMap::new(),
            tensors: HashMap::new(),
            data: 0,
            checksum: crc32fast::Hasher::new(),
        };
        if size < MAGIC.len() as u64 || &reader.array()? != MAGIC {
            return Err(GgufError::NotGguf);
        }
        reader.read_header()?;
        Ok(reader)
    }

    /// Removes a value from the metadata and returns it.
    pub(super) fn take(&mut self, key: &str) -> Option<Value> {
        self.metadata.remove(key)
    }

    /// Returns the checksum of what was read so far: the metadata, and the tensors asked for.
    pub(super) fn checksum(&self) -> u32 {
        self.checksum.clone().finalize()
    }

    /// Returns whether there is a tensor of that name.
    pub(super) fn has_tensor(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// Reads a tensor.
    pub(super) fn tensor(&mut self, name: &str) -> Result<Tensor, GgufError> {
        let malformed = |what: &str| Err(GgufError::Malformed(format!("its tensor `{name}` {what}")));
        let Some(Placement { code, shape, offset }) = self.tensors.get(name) else {
            return malformed("is missing");
        };
        let Some(kind) = TensorType::from_code(*code) else {
            return malformed(&format!("is of type {code}; supported are F32, F16, Q4_0 and Q8_0"));
        };
        let columns = shape.first().copied().unwrap_or(1);
        let rows = shape.iter().skip(1).try_fold(1u64, |rows, &n| rows.checked_mul(n));
        if columns % BLOCK as u64 != 0 || columns == 0 {
            return malformed(&format!("has rows of {columns} numbers; they must be a multiple of {BLOCK}"));
        }
        let length = rows.and_then(|rows| {
            let n_blocks = (columns / BLOCK as u64).checked_mul(rows)?;
            n_blocks.checked_mul(kind.block_bytes() as u64)
        });
        let start = self.data.checked_add(*offset);
        let (Some(rows), Some(length), Some(start)) = (rows, length, start) else {
            return malformed("is too large");
        };
        if start.checked_add(length).is_none_or(|end| end > self.size) {
            return Err(GgufError::Truncated);
        }
        let mut bytes = vec![0; length as usize];
        self.file.seek(SeekFrom::Start(start))?;
        self.file.read_exact(&mut bytes)?;
        self.checksum.update(&bytes);
        Ok(Tensor { kind, columns: columns as usize, rows: rows as usize, bytes })
    }

    fn read_header(&mut self) -> Result<(), GgufError> {
        let version = self.u32()?;
        if !(2..=VERSION).contains(&version) {
            return Err(GgufError::Malformed(format!("it is of GGUF version {version}; supported are 2 and 3")));
        }
        let n_tensors = self.u64()?;
        let n_values = self.u64()?;
        for _ in 0..n_values {
            let key = self.string()?;
            let code = self.u32()?;
            let value = self.value(code)?;
            self.metadata.insert(key, value);
        }
        for _ in 0..n_tensors {
            let name = self.string()?;
            let n_dimensions = self.u32()?;
            if n_dimensions > 4 {
                return Err(GgufError::Malformed(format!("its tensor `{name}` has {n_dimensions} dimensions")));
            }
            let shape = (0..n_dimensions).map(|_| self.u64()).collect::<Result<_, _>>()?;
            let placement = Placement { shape, code: self.u32()?, offset: self.u64()? };
            self.tensors.insert(name, placement);
        }
        let alignment = match self.metadata.get("general.alignment") {
            Some(Value::Integer(bytes)) => u64::try_from(*bytes).ok().filter(|bytes| bytes.is_power_of_two()),
            _ => Some(ALIGNMENT),
        };
        self.data = alignment
            .and_then(|alignment| self.position.checked_next_multiple_of(alignment))
            .ok_or_else(|| GgufError::Malformed("its alignment is not a power of two".into()))?;
        Ok(())
    }

    fn value(&mut self, code: u32) -> Result<Value, GgufError> {
        Ok(match code {
            6 | 12 => Value::Float(self.float(code)?),
            7 => Value::Bool(self.integer(code)? != 0),
            8 => Value::Text(self.string()?),
            9 => {
                let code = self.u32()?;
                let count = self.u64()?;
                // Each element takes at least a byte, so this bounds what the loops below can collect.
                self.ensure(count)?;
                match code {
                    6 | 12 => Value::Floats(
                        (0..count).map(|_| Ok(self.float(code)? as f32)).collect::<Result<_, GgufError>>()?,
                    ),
                    8 => {
                        let mut texts = Texts::default();
                        for _ in 0..count {
                            texts.push(&self.string()?);
                            if texts.bytes.len() > u32::MAX as usize / 2 {
                                return Err(GgufError::Malformed("its vocabulary is too large".into()));
                            }
                        }
                        Value::Texts(texts)
                    }
                    _ => Value::Integers(
                        (0..count).map(|_| Ok(self.integer(code)? as i32)).collect::<Result<_, GgufError>>()?,
                    ),
                }
            }
            _ => Value::Integer(self.integer(code)?),
        })
    }

    fn integer(&mut self, code: u32) -> Result<i64, GgufError> {
        Ok(match code {
            0 | 7 => u8::from_le_bytes(self.array()?).into(),
            1 => i8::from_le_bytes(self.array()?).into(),
            2 => u16::from_le_bytes(self.array()?).into(),
            3 => i16::from_le_bytes(self.array()?).into(),
            4 => u32::from_le_bytes(self.array()?).into(),
            5 => i32::from_le_bytes(self.array()?).into(),
            10 => i64::try_from(self.u64()?).unwrap_or(i64::MAX),
            11 => i64::from_le_bytes(self.array()?),
            _ => {
                return Err(GgufError::Malformed(format!("its metadata has a value of unknown type {code}")));
            }
        })
    }

    fn float(&mut self, code: u32) -> Result<f64, GgufError> {
        Ok(if code == 6 { f32::from_le_bytes(self.array()?).into() } else { f64::from_le_bytes(self.array()?) })
    }

    fn string(&mut self) -> Result<String, GgufError> {
        let length = self.u64()?;
        self.ensure(length)?;
        let mut bytes = vec![0; length as usize];
        self.fill(&mut bytes)?;
        String::from_utf8(bytes).map_err(|_| GgufError::Malformed("it has a string that is not UTF-8".into()))
    }

    fn u32(&mut self) -> Result<u32, GgufError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn u64(&mut self) -> Result<u64, GgufError> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], GgufError> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), GgufError> {
        self.file.read_exact(bytes)?;
        self.checksum.update(bytes);
        self.position += bytes.len() as u64;
        Ok(())
    }

    fn ensure(&self, bytes: u64) -> Result<(), GgufError> {
        if bytes > self.size.saturating_sub(self.position) { Err(GgufError::Truncated) } else { Ok(()) }
    }
}

/// Writes a file of GGUF version 3.
pub(super) fn write(path: &Path, metadata: &[(&str, Value)], tensors: &[(String, Tensor)]) -> io::Result<()> {
    let mut header = Vec::new();
    header.extend(MAGIC);
    header.extend(VERSION.to_le_bytes());
    header.extend((tensors.len() as u64).to_le_bytes());
    header.extend((metadata.len() as u64).to_le_bytes());
    for (key, value) in metadata {
        push_text(&mut header, key);
        push_value(&mut header, value);
    }
    let mut offset = 0;
    for (name, tensor) in tensors {
        push_text(&mut header, name);
        let shape = [tensor.columns as u64, tensor.rows as u64];
        let n_dimensions = if tensor.rows == 1 { 1 } else { 2 };
        header.extend((n_dimensions as u32).to_le_bytes());
        shape[..n_dimensions].iter().for_each(|n| header.extend(n.to_le_bytes()));
        header.extend(tensor.kind.code().to_le_bytes());
        header.extend(u64::to_le_bytes(offset));
        offset = (offset + tensor.bytes.len() as u64).next_multiple_of(ALIGNMENT);
    }
    let mut file = BufWriter::new(File::create(path)?);
    for bytes in std::iter::once(&header).chain(tensors.iter().map(|(_, tensor)| &tensor.bytes)) {
        file.write_all(bytes)?;
        let padding = bytes.len().next_multiple_of(ALIGNMENT as usize) - bytes.len();
        file.write_all(&[0; ALIGNMENT as usize][..padding])?;
    }
    file.flush()
}

/// Integers are written with 32 bits, as llama.cpp expects them.
fn push_value(out: &mut Vec<u8>, value: &Value) {
    let array = |out: &mut Vec<u8>, code: u32, count: usize| {
        out.extend(9u32.to_le_bytes());
        out.extend(code.to_le_bytes());
        out.extend((count as u64).to_le_bytes());
    };
    match value {
        Value::Bool(yes) => {
            out.extend(7u32.to_le_bytes());
            out.push((*yes).into());
        }
        Value::Integer(number) => {
            out.extend(4u32.to_le_bytes());
            out.extend((*number as u32).to_le_bytes());
        }
        Value::Float(number) => {
            out.extend(6u32.to_le_bytes());
            out.extend((*number as f32).to_le_bytes());
        }
        Value::Text(text) => {
            out.extend(8u32.to_le_bytes());
            push_text(out, text);
        }
        Value::Integers(numbers) => {
            array(out, 5, numbers.len());
            numbers.iter().for_each(|number| out.extend(number.to_le_bytes()));
        }
        Value::Floats(numbers) => {
            array(out, 6, numbers.len());
            numbers.iter().for_each(|number| out.extend(number.to_le_bytes()));
        }
        Value::Texts(texts) => {
            array(out, 8, texts.len());
            (0..texts.len()).for_each(|index| push_text(out, texts.get(index)));
        }
    }
}

fn push_text(out: &mut Vec<u8>, text: &str) {
    out.extend((text.len() as u64).to_le_bytes());
    out.extend(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("some.gguf");
        let metadata = [
            ("yes", Value::Bool(true)),
            ("number", Value::Integer(7)),
            ("fraction", Value::Float(0.5)),
            ("text", Value::Text("piñata".into())),
            ("numbers", Value::Integers(vec![-1, 2])),
            ("fractions", Value::Floats(vec![-1.5, 2.0])),
            ("texts", Value::Texts(["", "▁a"].into_iter().collect())),
        ];
        let tensor = |kind: TensorType, rows: usize| {
            let bytes = (0..kind.block_bytes() * 2 * rows).map(|at| at as u8).collect();
            Tensor { kind, columns: 2 * BLOCK, rows, bytes }
        };
        let tensors =
            [("vector".to_owned(), tensor(TensorType::F32, 1)), ("matrix".to_owned(), tensor(TensorType::Q4_0, 3))];
        write(&path, &metadata, &tensors).unwrap();
        let mut file = Reader::open(&path).unwrap();
        for (key, value) in metadata {
            assert_eq!(file.take(key), Some(value));
        }
        for (name, tensor) in tensors {
            assert_eq!(file.tensor(&name).unwrap(), tensor);
        }
    }

    #[test]
    fn halves_become_floats() {
        for (half, float) in
            [(0x0000, 0.0), (0x3c00, 1.0), (0xc000, -2.0), (0x3555, 0.333_251_95), (0x0001, 5.960_464_5e-8)]
        {
            assert_eq!(half_to_float(u16::to_le_bytes(half)), float);
        }
    }

    #[test]
    fn each_type_holds_the_same_weights() {
        // 0.5 times -8 to 7, twice.
        let weights: Vec<i8> = (0..BLOCK as i8).map(|at| at % 16 - 8).collect();
        let half = [0x00, 0x38];
        let fours = (0..16u8).map(|at| at | at << 4);
        let halves: Vec<u8> = (0..BLOCK)
            .flat_map(|at| {
                [
                    0xc400, 0xc300, 0xc200, 0xc100, 0xc000, 0xbe00, 0xbc00, 0xb800, 0x0000, 0x3800, 0x3c00, 0x3e00,
                    0x4000, 0x4100, 0x4200, 0x4300u16,
                ][at % 16]
                    .to_le_bytes()
            })
            .collect();
        for (kind, bytes) in [
            (TensorType::F32, weights.iter().flat_map(|&w| (0.5 * f32::from(w)).to_le_bytes()).collect()),
            (TensorType::F16, halves),
            (TensorType::Q8_0, half.into_iter().chain(weights.iter().map(|&w| w as u8)).collect()),
            (TensorType::Q4_0, half.into_iter().chain(fours).collect::<Vec<u8>>()),
        ] {
            assert_eq!(bytes.len(), kind.block_bytes());
            let decoded = kind.decode(&bytes);
            let (quants, scale) = kind.decode_block(&bytes);
            for (at, &weight) in weights.iter().enumerate() {
                assert_eq!(decoded[at], 0.5 * f32::from(weight), "{kind:?}");
                assert!((f32::from(quants[at]) * scale - decoded[at]).abs() <= scale / 2.0, "{kind:?}");
            }
        }
    }
}
