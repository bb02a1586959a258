from deploy.stack.builds.elasticsearch import ELASTICSEARCH, descriptor


def test_descriptor__of_a_module__names_its_class_and_the_versions():
    lines = descriptor("vamp-endpoints", "io.vamp.Endpoints").splitlines()

    assert "name=vamp-endpoints" in lines
    assert "classname=io.vamp.Endpoints" in lines
    assert "elasticsearch.version=8.19.21" in lines
    assert "java.version=17" in lines


def test_files__of_the_recipe__hold_every_java_source():
    names = {path.name for path in ELASTICSEARCH.files}

    assert {
        "Launcher.java",
        "Endpoints.java",
        "Deletion.java",
        "pom.xml",
        "elasticsearch.py",
    } <= names
