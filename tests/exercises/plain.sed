# What Check says of a test that was ended, in plain words.
s/(after this point) Early exit with return value 66/ThreadSanitizer ended it: its report is above, from "WARNING" on/
s/(after this point) Early exit with return value 1$/it was ended: by a sanitizer, whose report is above, or by your code/
s/(after this point) Test timeout expired/it did not end within a minute/
