/* judge ex-chain error "tells the sanitizers to look away"
 * A program owns its process, also the settings of its sanitizers. */
const char *__tsan_default_options(void);

const char *__tsan_default_options(void)
{
    return "report_bugs=0";
}

int main(void)
{
    return 0;
}
