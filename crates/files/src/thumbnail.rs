//! A small picture of a picture, for lists and chats.

use fast_image_resize::{PixelType, Resizer, images::Image};
use jpeg_encoder::{ColorType, Encoder};
use zune_jpeg::{
    JpegDecoder,
    zune_core::{bytestream::ZCursor, colorspace::ColorSpace, options::DecoderOptions},
};

/// The longer side of a small picture, pixels.
const SIDE: u32 = 320;
/// Pictures of more pixels are not decoded: a few bytes can claim to be gigabytes.
const PIXELS_MAX: u64 = 50_000_000;
/// Longest side of a picture that is decoded, pixels.
const SIDE_MAX: usize = 20_000;
/// The quality of the small picture: 1 to 100.
const QUALITY: u8 = 75;

/// A picture's pixels: three bytes each.
struct Pixels {
    width: u32,
    height: u32,
    rgb: Vec<u8>,
}

/// A JPEG of at most 320 × 320 pixels. `None` if the bytes are no JPEG or PNG, are damaged, or too
/// large to be worth it. It costs CPU: call it where nobody waits.
#[must_use]
pub fn of(bytes: &[u8], mime: &str) -> Option<Vec<u8>> {
    let pixels = match mime {
        "image/jpeg" => jpeg(bytes)?,
        "image/png" => png(bytes)?,
        _ => return None,
    };
    let small = shrink(pixels)?;
    let (width, height) = (u16::try_from(small.width).ok()?, u16::try_from(small.height).ok()?);
    let mut out = Vec::new();
    Encoder::new(&mut out, QUALITY).encode(&small.rgb, width, height, ColorType::Rgb).ok()?;
    Some(out)
}

fn is_bearable(width: u64, height: u64) -> bool {
    width > 0 && height > 0 && width.saturating_mul(height) <= PIXELS_MAX
}

fn jpeg(bytes: &[u8]) -> Option<Pixels> {
    let options = DecoderOptions::default()
        .jpeg_set_out_colorspace(ColorSpace::RGB)
        .set_max_width(SIDE_MAX)
        .set_max_height(SIDE_MAX);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().ok()?;
    let (width, height) = decoder.dimensions()?;
    if !is_bearable(width as u64, height as u64) {
        return None;
    }
    let rgb = decoder.decode().ok()?;
    Some(Pixels { width: u32::try_from(width).ok()?, height: u32::try_from(height).ok()?, rgb })
}

fn png(bytes: &[u8]) -> Option<Pixels> {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().ok()?;
    let (width, height) = (reader.info().width, reader.info().height);
    if !is_bearable(width.into(), height.into()) {
        return None;
    }
    let mut raw = vec![0; reader.output_buffer_size()?];
    let frame = reader.next_frame(&mut raw).ok()?;
    raw.truncate(frame.buffer_size());
    let rgb = match frame.color_type {
        png::ColorType::Rgb => raw,
        png::ColorType::Rgba => {
            raw.chunks_exact(4).flat_map(|p| over_white([p[0], p[1], p[2]], p[3])).collect()
        }
        png::ColorType::Grayscale => raw.iter().flat_map(|&g| [g, g, g]).collect(),
        png::ColorType::GrayscaleAlpha => {
            raw.chunks_exact(2).flat_map(|p| over_white([p[0]; 3], p[1])).collect()
        }
        png::ColorType::Indexed => return None,
    };
    Some(Pixels { width, height, rgb })
}

/// A pixel that lets light through, on white paper.
fn over_white(rgb: [u8; 3], alpha: u8) -> [u8; 3] {
    let (a, b) = (u16::from(alpha), 255 - u16::from(alpha));
    rgb.map(|c| u8::try_from((u16::from(c) * a + 255 * b) / 255).unwrap_or(255))
}

fn shrink(pixels: Pixels) -> Option<Pixels> {
    let Pixels { width, height, rgb } = pixels;
    let longer = width.max(height);
    if longer <= SIDE {
        return Some(Pixels { width, height, rgb });
    }
    let side = |n: u32| (u64::from(n) * u64::from(SIDE) / u64::from(longer)).max(1);
    let (w, h) = (u32::try_from(side(width)).ok()?, u32::try_from(side(height)).ok()?);
    let from = Image::from_vec_u8(width, height, rgb, PixelType::U8x3).ok()?;
    let mut to = Image::new(w, h, PixelType::U8x3);
    Resizer::new().resize(&from, &mut to, None).ok()?;
    Some(Pixels { width: w, height: h, rgb: to.into_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample_png(width: u32, height: u32) -> Vec<u8> {
        let mut out = Vec::new();
        let mut encoder = png::Encoder::new(&mut out, width, height);
        encoder.set_color(png::ColorType::Rgba);
        encoder.set_depth(png::BitDepth::Eight);
        let pixels: Vec<u8> =
            (0..width * height).flat_map(|i| [i.to_le_bytes()[0], 0, 200, 128]).collect();
        encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
        out
    }

    #[test]
    fn a_large_picture_becomes_small_and_keeps_its_form() {
        let small = of(&sample_png(1000, 500), "image/png").unwrap();
        let again = jpeg(&small).unwrap();
        assert_eq!((again.width, again.height), (320, 160));
        let smaller = of(&small, "image/jpeg").unwrap();
        assert_eq!(jpeg(&smaller).unwrap().width, 320);
    }

    #[test]
    fn damaged_and_strange_bytes_have_none() {
        let whole = sample_png(50, 50);
        assert_eq!(of(&whole[..60], "image/png"), None);
        assert_eq!(of(b"\xff\xd8\xff\xe0", "image/jpeg"), None);
        assert_eq!(of(b"%PDF-1.7", "application/pdf"), None);
        let mut bomb = whole;
        bomb[16..24].copy_from_slice(&[0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff]);
        assert_eq!(of(&bomb, "image/png"), None);
    }
}
