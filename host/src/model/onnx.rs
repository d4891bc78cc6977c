//! The weights of an ONNX file. Of the protocol buffers only those fields are
//! read that lead to them (`onnx.proto`: `ModelProto.graph` 7,
//! `GraphProto.initializer` 5, `TensorProto.dims` 1, `data_type` 2,
//! `float_data` 4, `name` 8, `raw_data` 9).

use std::collections::BTreeMap;

/// Why a file is not an ONNX network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OnnxError {
    /// It is no protocol buffer of a model.
    #[error("not an ONNX file, or one that is cut short")]
    Broken,
    /// A tensor has other numbers than its dimensions say.
    #[error("tensor `{0}` does not hold as many numbers as its dimensions say")]
    Dimensions(String),
}

/// Numbers in the order of the dimensions, the last one fastest.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tensor {
    pub(super) dims: Vec<usize>,
    pub(super) values: Vec<f64>,
}

/// All tensors of 32-bit floats by name.
pub(super) fn tensors(file: &[u8]) -> Result<BTreeMap<String, Tensor>, OnnxError> {
    let mut found = BTreeMap::new();
    for graph in fields(file)?.into_iter().filter_map(|f| f.bytes_of(7)) {
        for tensor in fields(graph)?.into_iter().filter_map(|f| f.bytes_of(5)) {
            if let Some((name, tensor)) = parse(tensor)? {
                found.insert(name, tensor);
            }
        }
    }
    if found.is_empty() { Err(OnnxError::Broken) } else { Ok(found) }
}

const FLOAT: u64 = 1;

/// `None` where it holds no floats.
fn parse(bytes: &[u8]) -> Result<Option<(String, Tensor)>, OnnxError> {
    let (mut dims, mut values, mut name, mut kind) = (vec![], vec![], String::new(), 0);
    for field in fields(bytes)? {
        match (field.number, field.value) {
            (1, Value::Number(dim)) => dims.push(dim),
            (1, Value::Bytes(mut packed)) => {
                while !packed.is_empty() {
                    dims.push(number(&mut packed)?);
                }
            }
            (2, Value::Number(found)) => kind = found,
            (4 | 9, Value::Bytes(raw)) => {
                let (chunks, []) = raw.as_chunks::<4>() else { return Err(OnnxError::Broken) };
                values.extend(chunks.iter().map(|x| f64::from(f32::from_le_bytes(*x))));
            }
            (8, Value::Bytes(text)) => name = String::from_utf8_lossy(text).into_owned(),
            _ => {}
        }
        if kind > FLOAT {
            return Ok(None);
        }
    }
    let dims: Option<Vec<usize>> = dims.into_iter().map(|dim| usize::try_from(dim).ok()).collect();
    let dims = dims.ok_or(OnnxError::Broken)?;
    let count = dims.iter().try_fold(1_usize, |product, dim| product.checked_mul(*dim));
    if count != Some(values.len()) {
        return Err(OnnxError::Dimensions(name));
    }
    Ok(Some((name, Tensor { dims, values })))
}

struct Field<'a> {
    number: u64,
    value: Value<'a>,
}

enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
    Other,
}

impl<'a> Field<'a> {
    fn bytes_of(&self, number: u64) -> Option<&'a [u8]> {
        match self.value {
            Value::Bytes(bytes) if self.number == number => Some(bytes),
            _ => None,
        }
    }
}

fn fields(mut rest: &[u8]) -> Result<Vec<Field<'_>>, OnnxError> {
    let mut found = vec![];
    while !rest.is_empty() {
        let tag = number(&mut rest)?;
        let value = match tag & 7 {
            0 => Value::Number(number(&mut rest)?),
            1 => take(&mut rest, 8).map(|_| Value::Other)?,
            2 => {
                let length = usize::try_from(number(&mut rest)?).map_err(|_| OnnxError::Broken)?;
                Value::Bytes(take(&mut rest, length)?)
            }
            5 => take(&mut rest, 4).map(|_| Value::Other)?,
            _ => return Err(OnnxError::Broken),
        };
        found.push(Field { number: tag >> 3, value });
    }
    Ok(found)
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Result<&'a [u8], OnnxError> {
    let (taken, left) = rest.split_at_checked(count).ok_or(OnnxError::Broken)?;
    *rest = left;
    Ok(taken)
}

/// Seven bits a byte, the lowest first.
fn number(rest: &mut &[u8]) -> Result<u64, OnnxError> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let [byte] = take(rest, 1)? else { return Err(OnnxError::Broken) };
        value |= u64::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(OnnxError::Broken)
}
