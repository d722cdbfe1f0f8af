from stui_actors.smalltalk.line_ends import with_image_line_ends


def test_strings_over_several_lines_are_divided_by_carriage_returns():
    assert with_image_line_ends("poem\n\t^ 'one\ntwo\r\nthree'") == "poem\n\t^ 'one\rtwo\rthree'"


def test_strings_inside_of_literal_arrays_are_too_and_nothing_between_them():
    assert with_image_line_ends("all\n\t^ #('a\nb'\n#('c\nd'))") == "all\n\t^ #('a\rb'\n#('c\rd'))"


def test_comments_and_the_ends_of_strings_in_one_line_stay():
    source = "all\n\t\"it's\n'quoted'\"\n\tself say: 'a';\n\tsay: 'it''s b'"
    assert with_image_line_ends(source) == source
