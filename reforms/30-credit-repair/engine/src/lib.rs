//! Pure computation of credit repair (信用修复).
