# perl weave/epub.pl DIRECTORY: finish an unpacked EPUB with what pandoc does not
# say: where text, answers and indexes begin, and for which readers it is made.
use strict;
use warnings;

my $book = shift;

# Change a file of the book; $_ is its text meanwhile.
sub change {
    my ($file, $edit) = @_;
    open my $in, '<', "$book/EPUB/$file" or die "$file: $!\n";
    local $_ = do { local $/; <$in> };
    close $in;
    $edit->();
    open my $out, '>', "$book/EPUB/$file" or die "$file: $!\n";
    print $out $_;
    close $out or die "$file: $!\n";
}

my @landmarks = (
    ['bodymatter',   'ch-preface',       'Start of the book'],
    ['backmatter',   'quiz-answers',     'Answers to the quick quizzes'],
    ['bibliography', 'bibliography',     'Bibliography'],
    ['index',        'index-chunks',     'Index of chunks'],
);
change('nav.xhtml', sub {
    my $items = '';
    for (my $i = 0; $i < @landmarks; $i++) {
        my ($type, $id, $title) = @{$landmarks[$i]};
        my ($address) = /href="([^"]*#$id)"/ or next;
        $items .= qq(    <li>\n      <a href="$address" epub:type="$type">$title</a>\n    </li>\n);
    }
    s|(id="landmarks".*?)(  </ol>)|$1$items$2|s or die "nav.xhtml: no landmarks\n";
});

my @access = (
    [accessMode => 'textual'], [accessMode => 'visual'], [accessModeSufficient => 'textual'],
    (map { [accessibilityFeature => $_] }
        qw(alternativeText MathML readingOrder structuralNavigation tableOfContents index)),
    [accessibilityHazard => 'none'],
    [accessibilitySummary => 'Figures have text alternatives; code is text; headings, chunks, ' .
        'figures, quizzes and exercises can be linked to.'],
);
change('content.opf', sub {
    my $meta = join '', map { qq(    <meta property="schema:$_->[0]">$_->[1]</meta>\n) } @access;
    s|(\s*</metadata>)|\n$meta$1| or die "content.opf: no metadata\n";
    s|\n\n+|\n|g;
});
