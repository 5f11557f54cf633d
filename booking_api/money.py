"""Amounts of money: integers of the minor unit of a currency."""

from decimal import Decimal

# The active codes of ISO 4217 (list one), and how many decimal digits the minor unit of each has.
_CODES = {
    0: """
        BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF
    """,
    2: """
        AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY
        COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF
        IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR
        MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG
        SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST
        XCD XCG YER ZAR ZMW ZWG
    """,
    3: """
        BHD IQD JOD KWD LYD OMR TND
    """,
}
MINOR_UNITS = "In minor units of the currency: 2500 is €25.00 in EUR, ¥2,500 in JPY and 2.500 KWD in KWD."
DIGITS = {code: digits for digits, codes in _CODES.items() for code in codes.split()}


def digits_of(currency: str) -> int:
    """Return how many decimal digits the minor unit of a currency has."""
    return DIGITS.get(currency, 2)  # an old booking may be in a currency that is no longer active


def decimal(amount: int, currency: str) -> str:
    """Return an amount as machines write it, in the currency's own unit: `25.00`, `2500` for JPY."""
    return str(Decimal(amount).scaleb(-digits_of(currency)))
