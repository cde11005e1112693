//! The parts that screens are made of. Each draws outside text only after it was cleaned.
