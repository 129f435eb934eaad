"""What synthetic customers, agents and AI say.

Belongs here: sentences, awkward ones included. Not here: who says them when (`demo_traffic.py`).
"""

QUESTIONS = (
    "Hello, my order has not arrived yet. Where is it?",
    "I was charged twice this month, please check.",
    "How do I reset my password?",
    "The app crashes whenever I open the settings page.",
    "Can I change the delivery address of order {number}?",
    "Do you ship to Norway? I could not find it on https://example.com/shipping",
    "I would like to cancel my subscription.",
    "Is there a discount for schools?",
    "My invoice {number} shows the wrong company name.",
    "Здравствуйте! Не приходит код подтверждения, помогите, пожалуйста.",
    "Guten Tag, die Rechnung {number} fehlt noch. Können Sie sie bitte schicken?",
    "नमस्ते, मेरा भुगतान असफल रहा लेकिन पैसे कट गए।",
    "مرحبا، لم أستلم طلبي حتى الآن",
    "great, it broke AGAIN 😡😡 third time this week",
    "👍",
    "=SUM(1;2) is what your export shows in cell A1, is that right?",
    'He said "call me", then nothing; what now?',
)
FOLLOW_UPS = (
    "Any news?",
    "It is order {number}.",
    "I have tried that already.",
    "Here is a screenshot: https://example.com/shot/{number}",
    "Thanks, I will try.",
    "Still not working.",
    "??",
)
AI_ANSWERS = (
    "You can reset your password under Settings → Security.",
    "I have found order {number}: it left our warehouse yesterday.",
    "I am sorry for the trouble. Could you tell me which version of the app you use?",
    "Subscriptions end with the current month. Shall I cancel it for you?",
    "I am not sure about this one; let me fetch a colleague.",
)
AGENT_ANSWERS = (
    "Hi, I have taken over and am looking into this now.",
    "I have corrected the invoice; you will receive a new one in a minute.",
    "The second charge has been refunded. It takes up to five days to show.",
    "Could you send me the order number, please?",
    "That is solved on our side. Please try again.",
    "Добрый день! Код отправлен повторно.",
)
AGENT_OPENINGS = (
    "Hello, this is the support team. Your parcel {number} came back to us; which address should we use?",
    "Your contract ends next month. Would you like to go on as before?",
    "We saw an unusual login to your account. Was that you?",
)
AUTO_CLOSED = ("This conversation was closed because nobody had written for a day. Write again to go on.",)
NOTES = ("Customer is on the pro plan.", "Refund approved by finance.", "Third ticket about the same crash.")
# What has broken a loader, an export or a report somewhere before.
AWKWARD = (
    "line one\nline two\r\n\tand a tab",
    "\\N",
    "NULL",
    "'; drop table messages; --",
    '<script>alert("hi")</script> & <b>bold</b>',
    '{"json": ["in", \'a text\']}',
    "-1",
    "@SUM(A1:A9)",
    " ",
    "\u200b\ufeffzero width",
    "\u202eright to left override",
    "Z\u0351\u036a\u0300a\u0321\u0353l\u0329\u0348g\u0331o",
    "👩‍👩‍👧‍👦 family of one glyph",
    "e\u0301 and é are the same letter",
    "no end " * 300,
)
FIRST_NAMES = ("Ada", "Björn", "Chidi", "Dilnoza", "Elif", "Fatima", "Grace", "Hiro", "Ivan", "Joana", "Kofi", "Lea")
LAST_NAMES = ("Andersen", "Bauer", "Çelik", "Diallo", "Evans", "Fernández", "Gupta", "Haddad", "Ivanova", "Jensen")
