//! Templates, numbers, QR codes, the trait Typesetter.
