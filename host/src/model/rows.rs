//! Steps of a network of any size as numbers in a CSV file.

use std::path::Path;

use crate::intensity::{HistoryError, read_text};

/// One step a line, its values by comma; `.gz` is unpacked. A first line of
/// names is left out.
///
/// # Errors
/// [`HistoryError`] names the file and the line.
pub fn read_rows(path: &Path) -> Result<Vec<Vec<f64>>, HistoryError> {
    let file = path.display().to_string();
    let unreadable = |reason: String| HistoryError::Unreadable { file: file.clone(), reason };
    let text = read_text(path).map_err(|error| unreadable(error.to_string()))?;
    let lines = text.lines().zip(1_usize..).filter(|(line, _)| !line.trim().is_empty());
    let mut rows: Vec<Vec<f64>> = vec![];
    for (line, number) in lines {
        let values = line.split(',').map(|cell| cell.trim().parse::<f64>());
        match values.collect::<Result<Vec<f64>, _>>() {
            Ok(row) if row.iter().all(|value| value.is_finite()) => rows.push(row),
            Err(_) if number == 1 => {}
            _ => {
                let what = "is not a row of numbers; give one step a line, as 0.5,-1,2.25";
                return Err(unreadable(format!("line {number} {what}")));
            }
        }
    }
    Ok(rows)
}
