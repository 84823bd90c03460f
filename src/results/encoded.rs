//! An interval's latencies as they stand in a log: HdrHistogram's second encoding, deflated, in base64.
//!
//! A histogram holds 27,000 counts, of which an interval needs a few hundred; so counts go into the encoding,
//! and come out of it, without one in between. They hardly ever repeat each other: deflate codes bytes by how
//! often each occurs, and looks for no repetitions, which takes a third of the time and less room.
//!
//! **Invariant:** every reader of the HdrHistogram family reads it.

use crate::record::latency::{Bucket, BucketCounts, Counts, LONGEST_MICROS, Packer, Unpacked};
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
#[derive(Debug, Default)]
pub struct Encoder {
    /// How often each bucket was seen.
    counts: BucketCounts,
    packer: Packer,
    text: Text,
}

/// A histogram as it stands in a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encoded<'a> {
    /// Its longest latency in microseconds.
    pub longest: u64,
    /// All of it.
    pub text: &'a str,
}

impl Encoder {
    /// Counts latencies of the next histogram.
    #[inline]
    pub fn add(&mut self, bucket: Bucket, count: u64) {
        self.counts.add(bucket, count);
    }

    /// Encodes what was counted since the last.
    pub fn encode(&mut self) -> Encoded<'_> {
        let mut longest = Bucket(0);
        self.packer.clear();
        self.counts.take(|bucket, count| {
            self.packer.push(bucket, count);
            longest = bucket;
        });
        Encoded { longest: longest.highest(), text: self.text.of(self.packer.bytes()) }
    }

    /// Encodes these instead, of which `longest` is the last bucket.
    pub fn encode_packed(&mut self, counts: &Counts, longest: Bucket) -> Encoded<'_> {
        Encoded { longest: longest.highest(), text: self.text.of(counts.bytes()) }
    }
}

/// Packed counts as text.
struct Text {
    deflate: Deflate,
    plain: Vec<u8>,
    deflated: Vec<u8>,
    text: String,
}

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Text").finish_non_exhaustive()
    }
}

impl Default for Text {
    fn default() -> Self {
        let config = DeflateConfig { strategy: Strategy::HuffmanOnly, ..DeflateConfig::default() };
        Self {
            deflate: Deflate::new_with_config(config),
            plain: Vec::new(),
            deflated: Vec::new(),
            text: String::new(),
        }
    }
}

impl Text {
    fn of(&mut self, counts: &[u8]) -> &str {
        self.plain.clear();
        self.plain.extend([0; 8]);
        self.plain.extend(bounds());
        self.plain.extend(counts);
        begin(&mut self.plain, HISTOGRAM, HEADER);
        self.deflate();
        self.text.clear();
        STANDARD.encode_string(&self.deflated, &mut self.text);
        &self.text
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

/// Writes what these bytes begin with, and how many there are behind the header.
fn begin(bytes: &mut [u8], cookie: [u8; 4], header: usize) {
    let length = u32::try_from(bytes.len() - header).expect("fewer than four billion");
    bytes[..4].copy_from_slice(&cookie);
    bytes[4..8].copy_from_slice(&length.to_be_bytes());
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
        let bytes = behind_header(plain, HISTOGRAM, HEADER)?;
        if plain[8..HEADER] != bounds() {
            return None;
        }
        let mut counts = Vec::with_capacity(bytes.len());
        for pair in Unpacked::new(bytes) {
            let (bucket, count) = pair.ok()?;
            counts.push((bucket.highest(), count));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::latency::empty_histogram;
    use hdrhistogram::serialization::{Serializer as _, V2DeflateSerializer};

    const MANY: [&[(u64, u64)]; 5] = [
        &[(0, 1)],
        &[(35_231, 2)],
        &[(0, 3), (1, 1), (3, 500), (2_047, 70_000), (2_048, 1), (90_367, 4_294_967_295)],
        &[(12_000_000, 9), (LONGEST_MICROS, 1)],
        &[(5, 1), (6, 1), (8, 1)],
    ];

    #[test]
    fn the_crate_reads_what_is_encoded_and_the_other_way_round() {
        let (mut encoder, mut decoder) = (Encoder::default(), Decoder::default());
        for pairs in MANY {
            let (mut histogram, mut packer) = (empty_histogram(), Packer::default());
            let (mut longest, mut counts) = (Bucket(0), Vec::new());
            for (value, count) in pairs {
                longest = Bucket::of(*value);
                encoder.add(longest, *count);
                packer.push(longest, *count);
                histogram.record_n(*value, *count).expect("inside the bounds");
                counts.push((longest.highest(), *count));
            }
            let packed = encoder.encode_packed(&packer.finish(), longest).text.to_owned();
            let Encoded { longest, text } = encoder.encode();
            assert_eq!((longest, text), (histogram.max(), &*packed));
            let bytes = STANDARD.decode(text).expect("base64");
            let read: Histogram<u64> =
                Deserializer::new().deserialize(&mut bytes.as_slice()).expect("a histogram");
            assert_eq!(read, histogram);
            let mut own = Vec::new();
            V2DeflateSerializer::new().serialize(&histogram, &mut own).expect("a histogram");
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
        let mut text = Text { plain: vec![0; HEADER], ..Text::default() };
        begin(&mut text.plain, HISTOGRAM, HEADER);
        text.plain[4..8].copy_from_slice(&u32::MAX.to_be_bytes());
        text.deflate();
        let text = STANDARD.encode(&text.deflated);
        let error = Decoder::default().decode(&text).expect_err("it has no counts");
        assert!(error.contains("claims more counts"), "{error}");
    }
}
