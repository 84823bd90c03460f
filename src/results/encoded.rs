//! An interval's latencies as they stand in a log: HdrHistogram's second encoding, deflated, in base64.
//!
//! A histogram holds 27,000 counts, of which an interval needs a few hundred; so counts go into the encoding,
//! and come out of it, without one in between. They hardly ever repeat each other: deflate codes bytes by how
//! often each occurs, and looks for no repetitions, which takes a third of the time and less room.
//!
//! **Invariant:** every reader of the HdrHistogram family reads it.

use crate::record::latency::{Bucket, BucketCounts, LONGEST_MICROS};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hdrhistogram::{Histogram, serialization::Deserializer};
use zlib_rs::{Deflate, DeflateConfig, DeflateFlush, Inflate, InflateFlush, Status, Strategy};

/// What a deflated histogram begins with; its length follows.
const DEFLATED: [u8; 4] = 0x1c84_9314_u32.to_be_bytes();

/// What a histogram begins with; the length of its counts follows.
const HISTOGRAM: [u8; 4] = 0x1c84_9313_u32.to_be_bytes();

/// Where counts begin.
const HEADER: usize = 40;

/// The counts of no histogram take more: the finest has six million.
const MOST_BYTES: u32 = 1 << 26;

/// What stands between the length of the counts and the counts: no offset, the digits, the bounds, and what values
/// are multiplied by.
fn bounds() -> [u8; 32] {
    let mut bounds = [0; 32];
    bounds[4..8].copy_from_slice(&3_u32.to_be_bytes());
    bounds[8..16].copy_from_slice(&1_u64.to_be_bytes());
    bounds[16..24].copy_from_slice(&LONGEST_MICROS.to_be_bytes());
    bounds[24..].copy_from_slice(&1.0_f64.to_be_bytes());
    bounds
}

/// Encodes histograms one after the other.
pub struct Encoder {
    /// How often each bucket was seen.
    counts: BucketCounts,
    deflate: Deflate,
    plain: Vec<u8>,
    deflated: Vec<u8>,
    text: String,
}

/// A histogram as it stands in a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encoded<'a> {
    /// Its longest latency in microseconds.
    pub longest: u64,
    /// All of it.
    pub text: &'a str,
}

impl std::fmt::Debug for Encoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Encoder").finish_non_exhaustive()
    }
}

impl Default for Encoder {
    fn default() -> Self {
        let config = DeflateConfig { strategy: Strategy::HuffmanOnly, ..DeflateConfig::default() };
        Self {
            counts: BucketCounts::default(),
            deflate: Deflate::new_with_config(config),
            plain: Vec::new(),
            deflated: Vec::new(),
            text: String::new(),
        }
    }
}

impl Encoder {
    /// Counts latencies of the next histogram.
    pub fn add(&mut self, bucket: Bucket, count: u32) {
        self.counts.add(bucket, u64::from(count));
    }

    /// Encodes what was counted since the last.
    pub fn encode(&mut self) -> Encoded<'_> {
        let mut plain = Plain::begin(&mut self.plain);
        self.counts.take(|bucket, count| plain.push(bucket, count));
        let next = plain.next;
        self.end(next)
    }

    /// Encodes these instead: buckets in rising order, each once, and how often they were seen.
    pub fn encode_rising(&mut self, pairs: impl Iterator<Item = (Bucket, u32)>) -> Encoded<'_> {
        let mut plain = Plain::begin(&mut self.plain);
        pairs.for_each(|(bucket, count)| plain.push(bucket, count.into()));
        let next = plain.next;
        self.end(next)
    }

    /// Packs the histogram whose buckets from `next` on are empty.
    fn end(&mut self, next: u16) -> Encoded<'_> {
        begin(&mut self.plain, HISTOGRAM, HEADER);
        self.deflate();
        self.text.clear();
        STANDARD.encode_string(&self.deflated, &mut self.text);
        Encoded { longest: Bucket(next.saturating_sub(1)).highest(), text: &self.text }
    }

    fn deflate(&mut self) {
        // More than enough even for what cannot be packed.
        self.deflated.resize(DEFLATED.len() + 4 + 2 * self.plain.len() + 64, 0);
        self.deflate.reset();
        let status =
            self.deflate.compress(&self.plain, &mut self.deflated[8..], DeflateFlush::Finish);
        assert_eq!(status.ok(), Some(Status::StreamEnd), "there is room for all of it");
        let length = usize::try_from(self.deflate.total_out()).expect("it is in memory");
        self.deflated.truncate(8 + length);
        begin(&mut self.deflated, DEFLATED, 8);
    }
}

/// A histogram before it is packed.
struct Plain<'a> {
    bytes: &'a mut Vec<u8>,
    /// The bucket behind the last.
    next: u16,
}

impl<'a> Plain<'a> {
    fn begin(bytes: &'a mut Vec<u8>) -> Self {
        bytes.clear();
        bytes.extend([0; 8]);
        bytes.extend(bounds());
        Self { bytes, next: 0 }
    }

    fn push(&mut self, Bucket(bucket): Bucket, count: u64) {
        match bucket - self.next {
            0 => {}
            1 => push(self.bytes, 0),
            // Zigzag: a negative number is twice its size less one.
            zeros => push(self.bytes, 2 * u64::from(zeros) - 1),
        }
        push(self.bytes, 2 * count);
        self.next = bucket + 1;
    }
}

/// Writes what these bytes begin with, and how many there are behind the header.
fn begin(bytes: &mut [u8], cookie: [u8; 4], header: usize) {
    let length = u32::try_from(bytes.len() - header).expect("fewer than four billion");
    bytes[..4].copy_from_slice(&cookie);
    bytes[4..8].copy_from_slice(&length.to_be_bytes());
}

/// Appends a number, seven bits to a byte; no count needs the ninth byte, which would hold eight.
fn push(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    bytes.push(number.to_le_bytes()[0]);
}

/// Decodes histograms one after the other.
pub struct Decoder {
    inflate: Inflate,
    deflated: Vec<u8>,
    plain: Vec<u8>,
    /// For what was not written here, and to say what is wrong.
    any: Deserializer,
}

impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decoder").finish_non_exhaustive()
    }
}

impl Default for Decoder {
    fn default() -> Self {
        Self {
            inflate: Inflate::new(true, 15),
            deflated: Vec::new(),
            plain: vec![0; HEADER + 9 * usize::from(Bucket::of(LONGEST_MICROS).0)],
            any: Deserializer::new(),
        }
    }
}

impl Decoder {
    /// Microseconds in rising order, and how often each was seen; or what is wrong.
    pub fn decode(&mut self, text: &str) -> Result<Vec<(u64, u64)>, String> {
        self.deflated.clear();
        STANDARD.decode_vec(text, &mut self.deflated).map_err(|error| error.to_string())?;
        if let Some(counts) = self.own() {
            return Ok(counts);
        }
        if self.claims_too_much() {
            return Err("it claims more counts than any histogram has".to_owned());
        }
        let histogram: Histogram<u64> = self
            .any
            .deserialize(&mut self.deflated.as_slice())
            .map_err(|error| error.to_string())?;
        let steps = histogram.iter_recorded();
        Ok(steps.map(|step| (step.value_iterated_to(), step.count_at_value())).collect())
    }

    /// Whether what was inflated last says that its counts take more room than those of the finest histogram.
    fn claims_too_much(&self) -> bool {
        let inflated = self.inflate.total_out();
        let length = self.plain.get(4..8).and_then(|bytes| bytes.try_into().ok());
        inflated >= 8 && length.is_some_and(|bytes| MOST_BYTES < u32::from_be_bytes(bytes))
    }

    /// A histogram as [`Encoder`] writes it; `None` of any other.
    fn own(&mut self) -> Option<Vec<(u64, u64)>> {
        let packed = behind_header(&self.deflated, DEFLATED, 8)?;
        self.inflate.reset(true);
        let status = self.inflate.decompress(packed, &mut self.plain, InflateFlush::Finish);
        if status != Ok(Status::StreamEnd) {
            return None;
        }
        let plain = self.plain.get(..usize::try_from(self.inflate.total_out()).ok()?)?;
        let mut bytes = behind_header(plain, HISTOGRAM, HEADER)?;
        if plain[8..HEADER] != bounds() {
            return None;
        }
        let last = Bucket::of(LONGEST_MICROS);
        let (mut place, mut counts) = (0_u64, Vec::with_capacity(bytes.len()));
        while !bytes.is_empty() {
            let number = take(&mut bytes)?;
            let zeros = if number % 2 == 1 { number / 2 + 1 } else { u64::from(number == 0) };
            if zeros == 0 {
                let bucket = Bucket(u16::try_from(place).ok().filter(|place| *place <= last.0)?);
                counts.push((bucket.highest(), number / 2));
            }
            place = place.checked_add(zeros.max(1))?;
        }
        Some(counts)
    }
}

/// What follows a header of this length, if it begins so and says how much follows.
fn behind_header(bytes: &[u8], cookie: [u8; 4], header: usize) -> Option<&[u8]> {
    let (begins, rest) = (bytes.get(..4)?, bytes.get(header..)?);
    let length = u32::from_be_bytes(bytes.get(4..8)?.try_into().ok()?);
    (begins == cookie && usize::try_from(length) == Ok(rest.len())).then_some(rest)
}

/// Takes a number that [`push`] appended.
fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for place in 0..8 {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7F) << (7 * place);
        if *byte < 0x80 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::latency::empty_histogram;
    use hdrhistogram::serialization::{Serializer as _, V2DeflateSerializer};

    const MANY: [&[(u64, u32)]; 5] = [
        &[(0, 1)],
        &[(35_231, 2)],
        &[(0, 3), (1, 1), (3, 500), (2_047, 70_000), (2_048, 1), (90_367, u32::MAX)],
        &[(12_000_000, 9), (LONGEST_MICROS, 1)],
        &[(5, 1), (6, 1), (8, 1)],
    ];

    #[test]
    fn the_crate_reads_what_is_encoded_and_the_other_way_round() {
        let (mut encoder, mut decoder) = (Encoder::default(), Decoder::default());
        for pairs in MANY {
            let mut histogram = empty_histogram();
            for (value, count) in pairs {
                encoder.add(Bucket::of(*value), *count);
                histogram.record_n(*value, u64::from(*count)).expect("inside the bounds");
            }
            let rising = pairs.iter().map(|(value, count)| (Bucket::of(*value), *count));
            let rising = encoder.encode_rising(rising).text.to_owned();
            let Encoded { longest, text } = encoder.encode();
            assert_eq!((longest, text), (histogram.max(), &*rising));
            let bytes = STANDARD.decode(text).expect("base64");
            let read: Histogram<u64> =
                Deserializer::new().deserialize(&mut bytes.as_slice()).expect("a histogram");
            assert_eq!(read, histogram);
            let mut own = Vec::new();
            V2DeflateSerializer::new().serialize(&histogram, &mut own).expect("a histogram");
            let counts = pairs.iter().map(|(value, n)| (Bucket::of(*value).highest(), (*n).into()));
            let counts: Vec<(u64, u64)> = counts.collect();
            for text in [text, &STANDARD.encode(own)] {
                assert_eq!(decoder.decode(text), Ok(counts.clone()));
                assert_eq!(decoder.own(), Some(counts.clone()), "without the crate");
            }
        }
    }

    #[test]
    fn histograms_with_other_bounds_are_read_and_others_refused() {
        let mut other = Histogram::<u64>::new_with_bounds(1, 1_000, 2).expect("valid bounds");
        other.record_n(7, 3).expect("inside the bounds");
        let mut bytes = Vec::new();
        V2DeflateSerializer::new().serialize(&other, &mut bytes).expect("a histogram");
        let mut decoder = Decoder::default();
        assert_eq!(decoder.decode(&STANDARD.encode(&bytes)), Ok(vec![(7, 3)]));
        for cut in [0, 3, 8, 20] {
            decoder.decode(&STANDARD.encode(&bytes[..cut])).expect_err("cut");
        }
        decoder.decode("?").expect_err("not base64");
    }

    #[test]
    fn a_histogram_that_claims_gigabytes_is_refused() {
        let mut encoder = Encoder { plain: vec![0; HEADER], ..Encoder::default() };
        begin(&mut encoder.plain, HISTOGRAM, HEADER);
        encoder.plain[4..8].copy_from_slice(&u32::MAX.to_be_bytes());
        encoder.deflate();
        let text = STANDARD.encode(&encoder.deflated);
        let error = Decoder::default().decode(&text).expect_err("it has no counts");
        assert!(error.contains("claims more counts"), "{error}");
    }
}
